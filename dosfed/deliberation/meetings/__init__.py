"""Meetings of a consultation, face to face or online."""
