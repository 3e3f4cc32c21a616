"""What acts promise, whichever road they come by."""
