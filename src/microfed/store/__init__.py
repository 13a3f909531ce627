"""Memory: the tables by noun, and where transactions come from."""
