"""Proposals that moderators hide."""
