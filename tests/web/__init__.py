"""Pages and forms, asked for as a browser asks."""
