"""Scripts for those who work on dosfed."""
