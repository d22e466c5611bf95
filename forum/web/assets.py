"""Give every static file an address that changes with its content, so that browsers may keep it for a year.

The version in the address is one hash over all files: `/static/<version>/js/thread.js`. A hash per file would need
the `import "./fragment.js"` lines inside scripts to be rewritten; with one version for the set, relative imports
and the icon sprite simply work, and a page never mixes scripts of two releases.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for
from markupsafe import Markup

from forum.web import svg
from forum.web.access import public

STATIC_ROOT = Path(__file__).resolve().parent.parent / "static"
_YEAR = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=60"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}

bp = Blueprint("assets", __name__)


@cache
def _files() -> dict[str, bytes]:
    """Read all static files once: some hundred kilobytes, and the address must name what is really served."""
    paths = sorted(path for path in STATIC_ROOT.rglob("*") if path.is_file() and not path.name.startswith("."))
    found = {path.relative_to(STATIC_ROOT).as_posix(): path.read_bytes() for path in paths}
    return {name: lean(content) if name.startswith("js/") else content for name, content in found.items()}


def lean(script: bytes) -> bytes:
    """Drop comment lines and indentation from a script of ours: a fifth of its weight, on a slow phone's first visit.

    Safe because our scripts hold no text that runs over several lines; a test keeps it so.
    """
    lines = (line.strip() for line in script.decode().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


@cache
def version() -> str:
    """Return the hash over names and contents of all static files."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


@cache
def _packed(name: str) -> bytes:
    # mtime=0 keeps the bytes the same from one start to the next.
    return gzip.compress(_files()[name], compresslevel=9, mtime=0)


def forget() -> None:
    """Read the files again at the next request; for development, where they change under a running server."""
    for kept in (_files, version, _packed):
        kept.cache_clear()


def asset(name: str) -> str:
    """Return the address of a static file.

    :raises KeyError: there is no such file. A page with a missing style sheet should fail in a test, not in silence.
    """
    if name not in _files():
        raise KeyError(f"no static file {name!r}")
    return _address(version(), name)


@cache
def _address(release: str, name: str) -> str:
    """Build an address once: a page of posts asks for that of the icons hundreds of times."""
    return url_for("assets.serve", release=release, name=name)


def icon(name: str, css: str = "") -> Markup:
    """Return one icon of the sprite, for templates.

    :raises KeyError: the sprite has no such icon.
    """
    if name not in _icon_names():
        raise KeyError(f"no icon {name!r} in the sprite")
    return _drawn(version(), name, css)


@lru_cache(maxsize=1024)
def _drawn(_release: str, name: str, css: str) -> Markup:
    return svg.icon(name, css, sprite=asset("icons.svg"))


@cache
def _icon_names() -> frozenset[str]:
    sprite = _files()["icons.svg"].decode()
    return frozenset(part.split('"', 1)[0] for part in sprite.split('<symbol id="')[1:])


@bp.get("/static/<release>/<path:name>")
@public
def serve(release: str, name: str) -> Response:
    """Serve one file, packed where the browser takes it.

    A page of an older release still gets the file while a deployment is under way, but may not keep it.
    """
    if name not in _files():
        abort(404)
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(_packed(name) if packed else _files()[name], content_type=_content_type(name))
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _YEAR if release == version() else _BRIEFLY
    return response


def _content_type(name: str) -> str:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def init_app(app: Flask) -> None:
    """Register the address and the drawing functions.

    They are globals, not context variables: macros imported without context, and live fragments rendered outside a
    page, must see them too.
    """
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        asset=asset,
        icon=icon,
        mark=svg.mark,
        tok=svg.tok,
        seats=svg.seats,
        clock=svg.clock,
        timer=svg.timer,
        circle_seats=svg.circle_seats,
        dayring=svg.dayring,
    )
