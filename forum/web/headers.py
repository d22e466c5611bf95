"""One WSGI wrapper for what every response must carry and every connection must respect.

It sits outside Flask because Flask's `after_request` never sees /socket.io, and because a limit on sockets must act
before Engine.IO gives the connection a thread (security.md M5, M6).
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from forum.config import Config
from forum.core.errors import RateLimited
from forum.core.logs import place_of
from forum.web.doorkeeper import Doorkeeper, Visitor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from forum.web.limits import Limiter

log = logging.getLogger(__name__)
NONCE = "forum.csp_nonce"
FORWARDED = "forum.was_forwarded"
"""Whether the request carried any word of a proxy; the words themselves are taken out once they have been weighed."""
_FORWARDED_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
_SID = re.compile(rb'"sid":"([A-Za-z0-9_-]{10,64})"')
SHELL = "forum.shell"
SOCKET_PATH = "/socket.io"
STATIC_PATH = "/static/"
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=(), browsing-topics=()"
_YEAR = 31_536_000


WORKER_PAGE = "/notifications"
"""The one page that may register a worker, when its member asks to be woken for news."""


def security_policy(nonce: str, sockets: Iterable[str], path: str = "") -> str:
    """Return the Content-Security-Policy for one response."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *sockets)),
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types forum-fragment",
            *(("worker-src 'self'",) if path == WORKER_PAGE else ()),
        )
    )


class SecurityShell:
    """WSGI wrapper: headers on everything, host, origin and caps on sockets before Engine.IO."""

    def __init__(
        self,
        app: WSGIApplication,
        config: Config,
        *,
        whose: Callable[[WSGIEnvironment], str] = lambda _environ: "",
        is_alive: Callable[[str], bool] = lambda _sid: False,
        limiter: Limiter | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            config: origins, hosts, the cap on sockets.
            whose: tells the session digest behind a request's cookie, "" for guests; must not touch the database.
            is_alive: tells whether Engine.IO still knows a connection's id.
            limiter: counts how often one visitor connects.
        """
        self.app = app
        self.config = config
        self.origins = frozenset(config.origins)
        self.sockets = tuple(o.replace("http", "ws", 1) for o in config.origins)
        self.door = Doorkeeper(config.max_sockets, is_alive)
        self._hosts = frozenset(config.hosts)
        self._whose = whose
        self._limiter = limiter

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        nonce = environ[NONCE] = secrets.token_urlsafe(16)
        path = environ.get("PATH_INFO", "")
        _unname(start_response)
        environ[FORWARDED] = bool({environ.pop(name, "") for name in _FORWARDED_HEADERS} - {""})

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, self._with_security(headers, nonce, path), exc_info)

        if not self._is_our_host(environ):
            return _refuse(start, "400 Bad Request", "bad_request", "This server does not go by that name.")
        if path == SOCKET_PATH or path.startswith(SOCKET_PATH + "/"):
            return self._socket(environ, start)
        return self._page(environ, start)

    def _is_our_host(self, environ: WSGIEnvironment) -> bool:
        """Look at the host before Flask does: its refusal comes too early for an error page, and ends in a bare 500."""
        return not self._hosts or _host_name(environ.get("HTTP_HOST", "")) in self._hosts

    def _page(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer with the same headers even where the application could not answer at all."""
        try:
            return self.app(environ, start)
        except Exception as error:
            log.error("no answer", extra={"error": type(error).__name__, "where": place_of(error)})
            return _refuse(start, "500 Internal Server Error", "error", "Something broke on our side.")

    def _with_security(self, headers: list[tuple[str, str]], nonce: str, path: str) -> list[tuple[str, str]]:
        given = {name.lower() for name, _ in headers}
        kept = [(n, v) for n, v in headers if n.lower() != "server"]
        wanted = {
            "Content-Security-Policy": security_policy(nonce, self.sockets, path),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "X-Robots-Tag": "noindex",
            "Permissions-Policy": _PERMISSIONS,
        }
        if not path.startswith(STATIC_PATH):
            kept = [(n, v) for n, v in kept if n.lower() != "cache-control"]
            wanted["Cache-Control"] = "no-store"
        if self.config.is_https:
            wanted["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
        return kept + [(n, v) for n, v in wanted.items() if n.lower() not in given or n == "Cache-Control"]

    # ── sockets ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _socket(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "j" in query:
            return _refuse(start, "400 Bad Request", "bad_request", "JSONP is not spoken here.")
        if not self._is_ours(environ):
            return _refuse(start, "403 Forbidden", "forbidden", "This address is not allowed to connect.")
        if not self.door.hold_thread():
            return _refuse(start, "503 Service Unavailable", "full", "Live updates are full just now.")
        try:
            return self.app(environ, start) if "sid" in query else self._open_line(environ, start)
        finally:
            self.door.free_thread()

    def _is_ours(self, environ: WSGIEnvironment) -> bool:
        """An allowed Origin, or a browser's own word that one of our pages asks.

        Chromium sends no Origin with same-origin GETs of the polling transport, but marks them `same-origin`. A page
        of another name that now resolves to us would be marked so too: the host was looked at before.
        """
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None:
            return origin in self.origins
        return environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"

    def _open_line(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Let a handshake in while this visitor and everybody together have few enough lines open."""
        visitor, problem = self._visitor(environ)
        reason = problem or self.door.enter(visitor)
        if reason:
            return _refuse(start, "503 Service Unavailable", "full", "Live updates are full just now.")
        try:
            body = self.app(environ, start)
            if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
                body = self._kept(body, visitor)
            return body
        finally:
            self.door.leave(visitor)

    def _visitor(self, environ: WSGIEnvironment) -> tuple[Visitor, str]:
        address, session = environ.get("REMOTE_ADDR", ""), self._whose(environ)
        if self._limiter is None:
            return Visitor(session=session), ""
        visitor = Visitor(self._limiter.bucket(address), session)
        try:
            self._limiter.hit("connect", member=session, address=address)
        except RateLimited:
            self.door.refused["rate"] += 1
            return visitor, "rate"
        return visitor, ""

    def _kept(self, body: Iterable[bytes], visitor: Visitor) -> list[bytes]:
        """Note the id that Engine.IO has just given a polled line."""
        parts = list(body)
        found = _SID.search(b"".join(parts)[:200])
        if found:
            self.door.keep(found[1].decode(), visitor)
        return parts


def _unname(start_response: StartResponse) -> None:
    """Leave empty what gunicorn would write into `Server`: the method it hands us belongs to its response."""
    response = getattr(start_response, "__self__", None)
    if getattr(response, "version", None) == "gunicorn":
        response.version = ""  # type: ignore[union-attr]


def _host_name(host: str) -> str:
    """Return a Host header without its port."""
    return host.rsplit("]", 1)[0].lstrip("[") if host.startswith("[") else host.split(":", 1)[0].lower()


def _refuse(start: StartResponse, status: str, code: str, message: str) -> Iterable[bytes]:
    body = json.dumps({"ok": False, "error": {"code": code, "message": message}}).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
