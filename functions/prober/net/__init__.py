"""Connections to checked addresses, and the timings of each phase."""
