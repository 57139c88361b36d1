"""What every message to people needs, whichever function sends it."""
