"""Posts: what all published things have in common."""
