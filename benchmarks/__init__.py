"""What the server costs: CPU time per unit of work, measured on a real process over loopback."""
