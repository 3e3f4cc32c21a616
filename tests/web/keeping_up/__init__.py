"""What informs people: notices, digests, feeds, share cards."""
