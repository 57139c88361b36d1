"""Loading at first use what few monitors want, without spoiling anybody's times."""

import asyncio
import sys
from importlib import import_module

from functions.prober.net.stopwatch import Stopwatch
from functions.prober.probes.context import ProbeContext

HTTP_2 = "functions.prober.http.http2"
WEBSOCKET = "functions.prober.http.websocket"


async def load(module: str, context: ProbeContext, watch: Stopwatch) -> None:
    """Import a module, on a thread, unless it is there; the target is not charged for it."""
    if module not in sys.modules:
        loop = asyncio.get_running_loop()
        with watch.set_aside():
            await loop.run_in_executor(context.threads, import_module, module)
