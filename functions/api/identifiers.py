"""Names of new things: random, so that nobody can guess them and nothing has to be counted."""

import secrets


def new_id(prefix: str) -> str:
    """Make an id, e.g. "mon_5f0c9d1e7a3b2c4d"."""
    return f"{prefix}_{secrets.token_hex(8)}"
