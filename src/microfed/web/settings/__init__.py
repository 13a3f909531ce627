"""What members decide for themselves: how they appear, how they read and write, who may come in."""
