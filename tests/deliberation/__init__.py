"""What the rules of deliberation promise."""
