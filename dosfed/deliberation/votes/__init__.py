"""Votes: polls, ballots, and the tallies that are published."""
