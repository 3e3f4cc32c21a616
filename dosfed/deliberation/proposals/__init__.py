"""Proposals: what is put to a consultation, its versions, and who stands behind it."""
