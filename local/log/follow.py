"""Follows the function log and prints it, readable or raw."""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO

from local.log.render import render

LOOK_EVERY_SECONDS = 0.1


class LiveLog:
    """Prints what functions write from now on."""

    def __init__(self, path: Path, *, raw: bool, stream: TextIO = sys.stdout) -> None:
        self._path = path
        self._raw = raw
        self._stream = stream
        self._position = path.stat().st_size if path.exists() else 0
        self._rest = b""

    async def follow(self) -> None:
        """Print until cancelled."""
        while True:
            self.print_news()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def print_news(self) -> None:
        """Print the complete lines that have arrived since the last look."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._position)
            news = log.read()
        self._position += len(news)
        *lines, self._rest = (self._rest + news).split(b"\n")
        shown = [text for line in lines if (text := self._shown(line)) is not None]
        if shown:
            self._stream.write("\n".join(shown) + "\n")
            self._stream.flush()

    def _shown(self, line: bytes) -> str | None:
        try:
            record = json.loads(line)
        except ValueError:
            return None
        if self._raw:
            return json.dumps(_unwrapped(record))
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        return render(record, clock, colour=self._stream.isatty())


def _unwrapped(record: dict[str, str]) -> dict[str, object]:
    """Put a function's own JSON record on the top level, beside the function and its region."""
    try:
        content = json.loads(record.get("line", ""))
    except ValueError:
        return dict(record)
    if not isinstance(content, dict):
        return dict(record)
    return {"function": record["function"], "region": record["region"], **content}
