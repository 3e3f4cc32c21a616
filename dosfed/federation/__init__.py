"""Incoming activities: what each asks for, and the consultations mirrored from elsewhere."""
