"""One WSGI wrapper for what every response must carry and every connection must respect.

It sits outside Flask because Flask's `after_request` never sees /socket.io, and because a limit on sockets must act
before Engine.IO gives the connection a thread (security.md M5, M6).
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from forum.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NONCE = "forum.csp_nonce"
SOCKET_PATH = "/socket.io"
STATIC_PATH = "/static/"
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=(), browsing-topics=()"
_YEAR = 31_536_000


def security_policy(nonce: str, sockets: Iterable[str]) -> str:
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
        )
    )


class SecurityShell:
    """WSGI wrapper: headers on everything, socket caps and origin rule before Engine.IO."""

    def __init__(self, app: WSGIApplication, config: Config) -> None:
        self.app = app
        self.config = config
        self.origins = frozenset(config.origins)
        self.sockets = tuple(o.replace("http", "ws", 1) for o in config.origins)
        self.open_sockets = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        nonce = environ[NONCE] = secrets.token_urlsafe(16)
        path = environ.get("PATH_INFO", "")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, self._with_security(headers, nonce, path), exc_info)

        if path == SOCKET_PATH or path.startswith(SOCKET_PATH + "/"):
            return self._socket(environ, start)
        return self.app(environ, start)

    def _with_security(self, headers: list[tuple[str, str]], nonce: str, path: str) -> list[tuple[str, str]]:
        given = {name.lower() for name, _ in headers}
        kept = [(n, v) for n, v in headers if n.lower() != "server"]
        wanted = {
            "Content-Security-Policy": security_policy(nonce, self.sockets),
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
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return self.app(environ, start)
        return self._counted(environ, start)

    def _is_ours(self, environ: WSGIEnvironment) -> bool:
        """An allowed Origin, or a browser's own word that the request came from one of our pages.

        Chromium sends no Origin with same-origin GETs of the polling transport, but marks them `same-origin`.
        """
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None:
            return origin in self.origins
        return environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"

    def _counted(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Let a WebSocket in while fewer than the cap are open; it holds its thread until it closes."""
        with self._lock:
            if self.open_sockets >= self.config.max_sockets:
                return _refuse(start, "503 Service Unavailable", "full", "Live updates are full just now.")
            self.open_sockets += 1
        try:
            return self.app(environ, start)
        finally:
            with self._lock:
                self.open_sockets -= 1


def _refuse(start: StartResponse, status: str, code: str, message: str) -> Iterable[bytes]:
    body = json.dumps({"ok": False, "error": {"code": code, "message": message}}).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
