"""What the simulated system holds."""
