"""Tests of what incoming activities lead to."""
