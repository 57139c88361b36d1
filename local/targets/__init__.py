"""Misbehaving targets on loopback, and receivers that keep the messages sent to them."""
