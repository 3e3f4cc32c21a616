"""Consultations for the demonstration."""
