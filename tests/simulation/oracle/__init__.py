"""What must be true of a simulated life, worked out without the code that it judges."""
