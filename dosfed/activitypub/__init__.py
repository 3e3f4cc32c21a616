"""The protocol: it knows actors, activities and deliveries, never proposals or ballots."""
