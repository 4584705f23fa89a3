"""What the simulator of Business Central is made of."""
