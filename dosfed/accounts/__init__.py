"""Who may sign in, and how the instance writes to them."""
