"""Whether this browser has the journal open: the data key rides in a cookie only this session can use."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from forum.core.clock import utcnow
from forum.identity.login import current_principal
from forum.journey import locks
from forum.web.current import config

PATH = "/me/journey"


def cookie_name() -> str:
    """Return the cookie's name; browsers keep a `__Secure-` cookie off plain http."""
    return "__Secure-fj" if config().is_https else "fj"


def open_key() -> bytes | None:
    """Return the data key while the journal is open here, else None."""
    value, principal = request.cookies.get(cookie_name()), current_principal()
    if not value or principal is None:
        return None
    secret = config().keys.secret_key
    return locks.from_cookie(value, secret=secret, session=principal.row.digest, now=utcnow())


def keep_open(response: Response, key: bytes) -> Response:
    """Set the cookie on a response: half an hour from now, gone with the browser, never sent outside this place."""
    principal = current_principal()
    if principal is not None:
        value = locks.to_cookie(key, secret=config().keys.secret_key, session=principal.row.digest, now=utcnow())
        response.set_cookie(cookie_name(), value, **_options())
    return response


def shut(response: Response) -> Response:
    """Forget the key in this browser."""
    response.delete_cookie(cookie_name(), **_options())
    return response


def _options() -> dict[str, Any]:
    return {"path": PATH, "secure": config().is_https, "httponly": True, "samesite": "Strict"}
