"""Consultations: a matter, its span and phases, and their mirrors."""
