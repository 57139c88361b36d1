"""What probes report, and how far regions can be trusted."""
