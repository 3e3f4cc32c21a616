"""The file by which consultations are imported and exported."""
