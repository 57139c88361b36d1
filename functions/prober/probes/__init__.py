"""One module for each probe kind, and their registry."""
