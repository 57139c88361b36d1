"""Alerts: who is notified of an incident, when, and what suppresses it."""
