"""The people who look after an instance, and what their roles allow."""
