"""Which open sockets of this process belong to which session, so that ending a session closes them at once."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Connection:
    """One open socket on one namespace."""

    sid: str
    namespace: str
    digest: bytes | None = None
    """Session behind it; None for a guest."""
    others: set[bytes] = field(default_factory=set)
    """Further sessions it hears for: a page of members on which somebody of the team sits at a desk."""
    data: dict[str, str] = field(default_factory=dict)


class Connections:
    """A registry safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_sid: dict[str, Connection] = {}
        self._by_digest: dict[bytes, set[str]] = defaultdict(set)

    def add(self, connection: Connection) -> None:
        """Note an open socket."""
        with self._lock:
            self._by_sid[connection.sid] = connection
            if connection.digest is not None:
                self._by_digest[connection.digest].add(connection.sid)

    def bind(self, sid: str, digest: bytes) -> None:
        """Let the end of another session close this socket as well."""
        with self._lock:
            found = self._by_sid.get(sid)
            if found is not None and digest != found.digest:
                found.others.add(digest)
                self._by_digest[digest].add(sid)

    def remove(self, sid: str) -> Connection | None:
        """Forget a closed socket."""
        with self._lock:
            found = self._by_sid.pop(sid, None)
            for digest in {found.digest, *found.others} - {None} if found is not None else ():
                self._by_digest[digest].discard(sid)  # type: ignore[index]
                if not self._by_digest[digest]:  # type: ignore[index]
                    del self._by_digest[digest]  # type: ignore[arg-type]
            return found

    def get(self, sid: str) -> Connection | None:
        """Return an open socket's note."""
        with self._lock:
            return self._by_sid.get(sid)

    def of_session(self, digest: bytes) -> list[Connection]:
        """Return the open sockets of a session."""
        with self._lock:
            return [self._by_sid[sid] for sid in self._by_digest.get(digest, ())]

    def digests(self) -> list[bytes]:
        """Return every session with an open socket here."""
        with self._lock:
            return list(self._by_digest)

    def count_session(self, digest: bytes) -> int:
        """Count the open sockets of a session."""
        with self._lock:
            return len(self._by_digest.get(digest, ()))


connections = Connections()
