"""What accounts keep, and how it is kept safe."""
