"""What keeps people informed: notices, digests, feeds, calendars, links to share."""
