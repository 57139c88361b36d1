"""The one-command local mesh: an embedded AWS, the real deployment, and everything around it."""
