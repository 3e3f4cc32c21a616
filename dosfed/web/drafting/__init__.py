"""Making a consultation: drafts, in small steps, until one is published."""
