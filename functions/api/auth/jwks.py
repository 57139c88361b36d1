"""The user pool's public keys, by which its tokens are checked; fetched rarely."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from sentinelmesh.errors import KeysUnavailable

FRESH_SECONDS = 3600
# An unknown key is looked for at most this often: anybody can make up names of keys.
PAUSE_SECONDS = 60
FETCH_SECONDS = 5


class SigningKeys:
    """Public keys by their id (`kid`), kept for an hour.

    Args:
        fetch: gives the pool's key set (RFC 7517); raises OSError or ValueError when it cannot.
    """

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, Any]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, Any] = {}
        self._fetched_at: float | None = None

    def find(self, key_id: str) -> Any | None:
        """Find a key; None if the pool has none of this id.

        Raises:
            KeysUnavailable: the pool does not answer, and the key is not among those known.
        """
        age = FRESH_SECONDS if self._fetched_at is None else self._monotonic() - self._fetched_at
        if age >= (FRESH_SECONDS if key_id in self._keys else PAUSE_SECONDS):
            self._refresh(key_id)
        return self._keys.get(key_id)

    def _refresh(self, key_id: str) -> None:
        import jwt

        try:
            described = self._fetch()["keys"]
            keys = {each["kid"]: jwt.PyJWK.from_dict(each, algorithm="RS256") for each in described}
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            if key_id in self._keys:
                return
            raise KeysUnavailable(f"key set: {type(error).__name__}") from error
        self._keys = keys
        self._fetched_at = self._monotonic()


def fetch_json(url: str) -> Mapping[str, Any]:
    """Read a public JSON document.

    Raises:
        OSError: no answer.
        ValueError: it is no JSON.
    """
    from urllib.request import urlopen

    with urlopen(url, timeout=FETCH_SECONDS) as answer:  # noqa: S310 (our own pool's address)
        document: Mapping[str, Any] = json.loads(answer.read())
    return document
