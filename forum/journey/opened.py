"""Whether this browser has the journal open: the data key rides in a cookie only this session can use.

The cookie opens only as long as the lock is the one it was made under. A journal that is cleared and begun anew in
another browser has another key: a page sealed with the earlier one could never be read again by anybody.
"""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from forum.core.clock import utcnow
from forum.identity.login import current_principal
from forum.journey import journal, locks
from forum.web.current import config

PATH = "/me/journey"


def cookie_name() -> str:
    """Return the cookie's name; browsers keep a `__Secure-` cookie off plain http."""
    return "__Secure-fj" if config().is_https else "fj"


def open_key() -> bytes | None:
    """Return the data key while the journal is open here, else None."""
    value, place = request.cookies.get(cookie_name()), _place()
    if not value or place is None:
        return None
    return locks.from_cookie(value, secret=config().keys.secret_key, session=place, now=utcnow())


def keep_open(response: Response, key: bytes) -> Response:
    """Set the cookie on a response: half an hour from now, gone with the browser, never sent outside this place."""
    place = _place()
    if place is not None:
        value = locks.to_cookie(key, secret=config().keys.secret_key, session=place, now=utcnow())
        response.set_cookie(cookie_name(), value, **_options())
    return response


def _place() -> bytes | None:
    """Return where a key belongs: this session and the journal's present lock; None where there is none of either."""
    principal = current_principal()
    lock = journal.find_lock(principal.member) if principal is not None and principal.member is not None else None
    return principal.row.digest + lock.salt if principal is not None and lock is not None else None


def shut(response: Response) -> Response:
    """Forget the key in this browser."""
    response.delete_cookie(cookie_name(), **_options())
    return response


def _options() -> dict[str, Any]:
    return {"path": PATH, "secure": config().is_https, "httponly": True, "samesite": "Strict"}
