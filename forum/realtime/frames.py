"""WebSockets under threads: one frame made once, written to every socket by whoever has it.

Engine.IO wakes a writer thread per socket and each makes its own frame of the same words; for three hundred people in a
room that is three hundred wake-ups, and most of the time a line takes. A server's frames carry no mask, so they are the
same bytes for everybody. Here they are made once and written without waiting. A socket that takes no more right now is
left to its own writer thread, and one that stays behind for too long is closed: its page comes back and asks for what
it missed. Order on a socket is the order in which frames were handed over.

No compression: a frame that holds a secret beside words of others must not tell of either by its length.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import simple_websocket
from engineio.exceptions import SocketIsClosedError
from engineio.packet import PING, Packet

MAX_BEHIND = 4 * 1024 * 1024
"""Bytes a slow socket may have waiting before it is closed."""
MAX_SEND_SECONDS = 45
"""For which a socket may take nothing at all; as long as a ping may stay unanswered."""
MAX_UNREAD = 32
"""Messages of a browser that wait to be looked at; while there are more, its socket is not read."""
TEXT, BINARY = 0x81, 0x82


class _Flush(Packet):  # type: ignore[misc]
    """Wakes the writer thread of a socket that took no more; carries nothing."""

    def encode(self, b64: bool = False) -> Any:
        return _NOTHING


_NOTHING = object()


def frame_of(packet: Packet) -> bytes:
    """Return a packet as one whole WebSocket frame; worked out once, however many sockets it goes to."""
    made: bytes | None = getattr(packet, "frame", None)
    if made is None:
        made = packet.frame = frame(packet.encode())
    return made


def frame(message: str | bytes | bytearray) -> bytes:
    """Return a message as an unmasked, unfragmented, uncompressed frame (RFC 6455 §5.2)."""
    kind, body = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, bytes(message))
    if len(body) < 126:
        head = struct.pack("!BB", kind, len(body))
    elif len(body) < 65_536:
        head = struct.pack("!BBH", kind, 126, len(body))
    else:
        head = struct.pack("!BBQ", kind, 127, len(body))
    return head + body


class Outbox:
    """What one socket still has to be sent, in order. Any thread may add; one at a time writes."""

    def __init__(self, sock: socket.socket, wake: Callable[[], None], max_behind: int = MAX_BEHIND) -> None:
        self._sock, self._wake, self._max_behind = sock, wake, max_behind
        self._frames: deque[bytes] = deque()
        self._behind = 0
        self._writing = threading.Lock()
        self._counting = threading.Lock()

    def put(self, made: bytes) -> None:
        """Hand a frame over and write as much as goes without waiting.

        Raises:
            OSError: the socket is closed, or hopelessly behind.
        """
        with self._counting:
            self._frames.append(made)
            self._behind += len(made)
            if self._behind > self._max_behind:
                raise BrokenPipeError
        # Whoever is writing looks again after letting go, so a frame added meanwhile is never left lying.
        while self._frames and self._writing.acquire(blocking=False):
            try:
                if not self._write(socket.MSG_DONTWAIT):
                    self._wake()
                    return
            finally:
                self._writing.release()

    def flush(self) -> None:
        """Write everything, waiting for the socket; only its own writer thread does this.

        Raises:
            OSError: the socket is closed, or took nothing for too long.
        """
        while self._frames:
            with self._writing:
                if not self._write(0):
                    raise BrokenPipeError

    def _write(self, flags: int) -> bool:
        """Write frames until none is left; False when the socket takes no more without waiting."""
        while self._frames:
            first = self._frames[0]
            try:
                sent = self._sock.send(first, flags)
            except BlockingIOError:
                return False
            with self._counting:
                self._behind -= sent
                if sent == len(first):
                    self._frames.popleft()
                else:
                    self._frames[0] = first[sent:]
        return True


class _Inbox(simple_websocket.Server):  # type: ignore[misc]
    """Reads no faster than somebody looks at what was read: a flood stays in the network and not in memory."""

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        self._taken = threading.Event()
        super().__init__(environ, **options)

    def _handle_events(self) -> bool:
        goes_on: bool = super()._handle_events()
        while goes_on and self.connected and len(self.input_buffer) > MAX_UNREAD:
            self._taken.wait(1.0)
            self._taken.clear()
        return goes_on

    def receive(self, timeout: float | None = None) -> Any:
        """Return the next message, and let reading go on."""
        found = super().receive(timeout)
        self._taken.set()
        return found


class DirectWebSocket:
    """Takes the place of Engine.IO's own wrapper around simple-websocket."""

    def __init__(self, handler: Any, _server: Any, *, max_message_size: int) -> None:
        self._handler, self._engine = handler, handler.__self__
        self._max_message_size = max_message_size

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
        """Serve one socket until it closes."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)  # not offered, so not used
        self.ws = _Inbox(environ, max_message_size=self._max_message_size)
        with contextlib.suppress(OSError):
            self.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", MAX_SEND_SECONDS, 0))
        self._outbox = Outbox(self.ws.sock, self._wake)
        if not self._engine.connected:  # one that began with polling keeps its queue, which has the order of both
            self._engine.send = self._send_packet
        answer = self._handler(self)
        if self.ws.mode == "gunicorn":
            raise StopIteration  # tells gunicorn that the socket is not its own any more
        if self.ws.mode == "werkzeug":
            raise ConnectionError
        return answer

    def _wake(self) -> None:
        self._engine.queue.put(_Flush())

    def _send_packet(self, packet: Packet) -> None:
        """Send a packet at once, in the caller's thread; a socket that is gone never stops a word to the others."""
        try:
            if self._engine.check_ping_timeout():
                self._put(frame_of(packet))
            elif not self._engine.closed:
                self._give_up()  # its pings were not answered: it may be half open, and would never hear a farewell
            if packet.packet_type == PING:
                self._wake()  # a writer thread that finds nothing for a ping's while takes the line for dead
        except SocketIsClosedError:
            return
        except OSError:
            self._give_up()

    def _put(self, made: bytes) -> None:
        if not self.ws.connected:
            raise BrokenPipeError
        self._outbox.put(made)

    def _give_up(self) -> None:
        """Close the connection under it; the reading thread notices and clears up."""
        self.ws.connected = False
        self._hang_up()

    def _hang_up(self) -> None:
        """End the reading thread's wait: whoever never answers a closing frame would hold it for ever."""
        with contextlib.suppress(OSError):  # closed already
            self.ws.sock.shutdown(socket.SHUT_RDWR)

    def send(self, message: Any) -> None:
        """Send from the writer thread: what was in the queue, or what did not go at once.

        Raises:
            OSError: the socket is closed.
        """
        try:
            if message is not _NOTHING:
                self._put(frame(message))
            self._outbox.flush()
        except OSError:
            self._give_up()
            raise

    def close(self) -> None:
        """Close the socket with a closing frame, and then whatever the other side makes of it."""
        if self.ws.connected:
            with contextlib.suppress(OSError):
                self.ws.close()
        self._hang_up()

    def wait(self) -> Any:
        """Return the next message; None when the socket has closed."""
        try:
            return self.ws.receive()
        except simple_websocket.ConnectionClosed:
            return None
