"""Moderation: reports, what is hidden, and the record of it."""
