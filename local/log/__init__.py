"""The readable live log: one line for each tick, batch of checks, verdict and alert."""
