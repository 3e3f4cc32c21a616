"""What each sample document of another server means, as the typed value it must read to."""
