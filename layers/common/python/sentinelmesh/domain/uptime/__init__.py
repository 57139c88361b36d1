"""Uptime, rollups and service level objectives."""
