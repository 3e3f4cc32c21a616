"""What each form looks like on the wire: how it is written, and how it is read, on one page."""
