"""Whole servers, and other slow tests."""
