"""Official notes: what an organiser says of a consultation, by hand or by the clock."""
