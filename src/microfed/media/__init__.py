"""What pictures, sound and film are, and the separate process that makes them safe and light."""
