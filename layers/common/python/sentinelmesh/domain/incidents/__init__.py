"""Incidents, and the cause that several share."""
