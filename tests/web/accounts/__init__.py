"""Accounts on pages: made, opened, looked after, left."""
