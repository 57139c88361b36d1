"""The pure core: no clock, no input or output, no environment; time is always an argument."""
