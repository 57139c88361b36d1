"""The shared layer: words, rules and contracts that all functions of the mesh speak."""

__version__ = "0.1.0"
