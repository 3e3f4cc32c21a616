"""What readers are shown: the values that pages, lists, feeds and calendars are made of."""
