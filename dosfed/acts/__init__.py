"""What may be done here, through one door, and what is made known of it."""
