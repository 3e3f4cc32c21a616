"""The debate on a proposal: arguments, their weights, and the order they are read in."""
