"""Monitors, their schedules and their maintenance windows."""
