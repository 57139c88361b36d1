"""Messages on an upgraded connection, never taking in more than a cap."""

from wsproto import ConnectionType
from wsproto.connection import Connection as Machine
from wsproto.events import CloseConnection, Event, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from functions.prober.net.connection import Connection
from functions.prober.observation import ProbeFailed

MAX_RECEIVED = 65_536


class Conversation:
    """Speaks WebSocket on a connection that is upgraded already.

    Args:
        beginning: what came behind the answer to the upgrade.
    """

    def __init__(self, connection: Connection, beginning: bytes) -> None:
        self._connection = connection
        self._machine = Machine(ConnectionType.CLIENT, trailing_data=beginning)
        self._received = len(beginning)

    async def say(self, text: str) -> None:
        """Send a message of text."""
        await self._send(self._machine.send(TextMessage(data=text)))

    async def listen(self, expected: str | None) -> str:
        """Return what is said, up to what is expected or to a cap; without it the first message.

        Raises:
            ProbeFailed: what came is not WebSocket, or the connection broke.
        """
        said = ""
        while self._received <= MAX_RECEIVED:
            try:
                for event in self._machine.events():
                    if isinstance(event, CloseConnection):
                        return _explain_end(event, said)
                    said += await self._heard(event)
                    if _is_enough(event, said, expected):
                        return said
                self._machine.receive_data(await self._receive())
            except RemoteProtocolError as error:
                text = f"the answer is not proper WebSocket: {error}"
                raise ProbeFailed("protocol_error", text) from error
        return said

    async def _heard(self, event: Event) -> str:
        """Return the text of an event, and answer where the protocol wants an answer."""
        if isinstance(event, Ping):
            await self._send(self._machine.send(event.response()))
        return _text(event.data) if isinstance(event, Message) else ""

    async def leave(self) -> None:
        """Say goodbye; whether it is heard does not matter."""
        try:
            await self._send(self._machine.send(CloseConnection(code=1000)))
        except LocalProtocolError:
            return

    async def _receive(self) -> bytes | None:
        try:
            data = await self._connection.receive()
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise ProbeFailed("read_error", f"the connection broke: {text}") from error
        self._received += len(data)
        return data or None

    async def _send(self, data: bytes) -> None:
        try:
            await self._connection.send(data)
        except OSError:
            return  # What became of the connection, the next reading tells.


def _explain_end(event: CloseConnection, said: str) -> str:
    """Tell an end from one that the protocol's rules are broken with.

    Raises:
        ProbeFailed: they are.
    """
    if event.code == CloseReason.PROTOCOL_ERROR:
        text = f"what came is not proper WebSocket: {event.reason or 'its frames are broken'}"
        raise ProbeFailed("protocol_error", text)
    return said


def _is_enough(event: Event, said: str, expected: str | None) -> bool:
    if expected is not None:
        return expected in said
    return isinstance(event, Message) and event.message_finished


def _text(data: str | bytes | bytearray) -> str:
    return data if isinstance(data, str) else bytes(data).decode(errors="replace")
