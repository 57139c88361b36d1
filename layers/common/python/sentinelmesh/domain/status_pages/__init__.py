"""Public status pages and their subscribers."""
