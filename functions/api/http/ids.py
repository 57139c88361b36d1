"""Names of new things: random, so that nobody can guess them and nothing has to be counted."""

import hashlib
import re
import secrets

SEED_BYTES = 16
DIGITS = 16


def new_seed() -> str:
    """Make what the ids of one request derive from."""
    return secrets.token_hex(SEED_BYTES)


def id_from(seed: str, prefix: str) -> str:
    """Build an id; the same seed gives the same one.

    >>> id_from("5f0c9d1e", "mon")
    'mon_e01469abc4bcc527'
    """
    return f"{prefix}_{hashlib.sha256(f'{prefix}:{seed}'.encode()).hexdigest()[:DIGITS]}"


# DynamoDB refuses keys that are empty or longer.
IDENTIFIER = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_.@+:-]{0,127}")
