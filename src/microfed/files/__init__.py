"""The door for pictures, sound and film: those kept here, and those of others through us."""
