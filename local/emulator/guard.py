"""Keeps web pages and other machines away from the emulator, which itself lets everybody in."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from local.loopback import LoopbackRule

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class LoopbackGuard:
    """ASGI layer that answers 403 to whatever the loopback rule refuses."""

    def __init__(self, inner: Application, rule: LoopbackRule) -> None:
        self._inner = inner
        self._rule = rule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it."""
        reason = None if scope["type"] == "lifespan" else self._rule.refusal(_text(scope))
        if reason is None:
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            await answer_json(send, 403, {"message": f"Forbidden: {reason}"})
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})


def _text(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


async def answer_json(send: Send, status: int, body: dict[str, Any]) -> None:
    """Send a complete JSON answer."""
    text = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
