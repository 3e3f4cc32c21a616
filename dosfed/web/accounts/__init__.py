"""Signing up and in, and what people do with their accounts."""
