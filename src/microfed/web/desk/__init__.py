"""The desk of those who look after the place: is all well, who needs me, and what was done."""
