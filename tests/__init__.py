"""The tests: sentences about what the server promises."""
