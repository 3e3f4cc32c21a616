"""What the server can do in a second, measured from outside."""
