"""Flask-Login and the two session cookies, wired so that nothing of the browser or its address is kept.

* `get_id()` returns the session token; the loader looks its sha256 up in the session table at every request.
* Flask-Login would store SHA-512 of address and user agent in the session: that is switched off (security.md M1).
* Members and staff have different cookies under different keys; which one a request uses follows from its path.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, g, has_request_context, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import DatabaseError
from werkzeug.sansio.http import parse_cookie

from forum.config import Config
from forum.core import events
from forum.core.clock import utcnow
from forum.core.diskguard import disk
from forum.core.ids import token_digest
from forum.identity.models import LoginSession, Member, Staff
from forum.identity.sessions import extend_session, find_session, start_session
from forum.web.current import config

manager = LoginManager()
_COOKIE_LIFE = timedelta(days=365)
TOKEN_KEY = "_user_id"  # noqa: S105 - the name Flask-Login gives the entry


@dataclass(slots=True)
class Principal:
    """Who a request acts as: one live session and the member or staff account behind it."""

    token: str
    row: LoginSession
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def member(self) -> Member | None:
        """The member, for members' sessions."""
        return self.row.member

    @property
    def staff(self) -> Staff | None:
        """The staff account, for staff sessions."""
        return self.row.staff

    def get_id(self) -> str:
        """Return the session token (Flask-Login's alternative-token pattern)."""
        return self.token


def is_staff_path(path: str) -> bool:
    """Tell whether a path belongs to the console, which has its own cookie."""
    return path == "/mod" or path.startswith("/mod/")


class TwoCookieSessions(SecureCookieSessionInterface):
    """Flask's signed-cookie session, twice: members' and staff's, each with its own name and key."""

    def cookie(self, settings: Config, staff: bool) -> tuple[str, URLSafeTimedSerializer]:
        """Return name and serializer of one of the two cookies."""
        base = "fm" if staff else "fs"
        key = settings.keys.staff_secret_key if staff else settings.keys.secret_key
        serializer = URLSafeTimedSerializer(
            key, salt=f"forum-{base}", serializer=self.serializer, signer_kwargs={"key_derivation": "hmac"}
        )
        return (f"__Host-{base}" if settings.is_https else base), serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Read the cookie that belongs to this path; a broken one counts as none."""
        name, serializer = self.cookie(app.extensions["forum.config"], is_staff_path(request.path))
        return self.read(serializer, request.cookies.get(name))

    def read(self, serializer: URLSafeTimedSerializer, value: str | None) -> SecureCookieSession:
        """Return the content of a cookie."""
        if not value:
            return self.session_class()
        try:
            # Signed "tomorrow", before the clock was set right, is no reason to send anybody away: how long a visit
            # lasts is written in its row.
            content, at = serializer.loads(value, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        return self.session_class(content if utcnow() - at < _COOKIE_LIFE else None)

    def save_session(self, app: Flask, session: SecureCookieSession, response: Response) -> None:  # type: ignore[override]
        """Write the cookie if it changed: HttpOnly, SameSite=Strict, no Expires unless the phone is their own."""
        settings: Config = app.extensions["forum.config"]
        name, serializer = self.cookie(settings, is_staff_path(request.path))
        options: dict[str, Any] = {"path": "/", "secure": settings.is_https, "httponly": True, "samesite": "Strict"}
        if not session:
            if session.modified:
                response.delete_cookie(name, **options)
            return
        if not session.modified:
            return
        expires = utcnow() + timedelta(days=30) if session.permanent else None
        response.set_cookie(name, serializer.dumps(dict(session)), expires=expires, **options)


def init_app(app: Flask) -> None:
    """Attach Flask-Login without its fingerprinting."""
    app.session_interface = TwoCookieSessions()
    manager.session_protection = None
    manager._session_identifier_generator = lambda: None
    manager.init_app(app)


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> Principal | None:
    """Turn a cookie's token into a principal, for this path's kind only.

    Flask-Login asks at every template. Help pages must not wait for a database; and where it has just failed, the page
    that says so must not fail over the same question.
    """
    if is_help_path(request.path) or is_database_away():
        return None
    try:
        return load_principal(token, "staff" if is_staff_path(request.path) else "member")
    except DatabaseError:
        g.database_away = True
        raise


def is_database_away() -> bool:
    """Tell whether the database failed while this request looked for its session."""
    return bool(g.get("database_away"))


def is_help_path(path: str) -> bool:
    """Tell whether a page has to come without a database."""
    return path == "/help" or path.startswith("/help/")


def load_principal(token: str, kind: str) -> Principal | None:
    """Read a session row anew and move its idle limit on."""
    now = utcnow()
    row = find_session(token, kind, now)
    if row is None:
        return None
    if not disk.is_closed and extend_session(row, now):
        try:
            events.commit()
        except DatabaseError:  # reading goes on while nothing can be written
            events.rollback()
            row = find_session(token, kind, now)
    return Principal(token, row) if row is not None else None


def principal_from_cookies(cookies: Any, kind: str) -> Principal | None:
    """Read a principal straight from cookies: sockets carry both, whatever their path."""
    interface = TwoCookieSessions()
    name, serializer = interface.cookie(config(), kind == "staff")
    token = interface.read(serializer, cookies.get(name)).get(TOKEN_KEY)
    return load_principal(token, kind) if isinstance(token, str) else None


def session_behind(environ: dict[str, Any], settings: Config) -> str:
    """Return the digest of the session a request's cookie names, "" for guests; checks the signature, reads no table.

    For counting connections before anything else happens. Whether the session still lives is read at every event.
    """
    cookies, interface = parse_cookie(environ.get("HTTP_COOKIE")), TwoCookieSessions()
    for staff in (False, True):
        name, serializer = interface.cookie(settings, staff)
        token = interface.read(serializer, cookies.get(name)).get(TOKEN_KEY)
        if isinstance(token, str):
            return token_digest(token).hex()
    return ""


def sign_in(*, member: Member | None = None, staff: Staff | None = None, device: str) -> None:
    """Start a fresh session in this browser; whatever the cookie held before is gone (fixation)."""
    session.clear()
    token = start_session(member=member, staff=staff, device=device, now=utcnow())
    events.commit()
    row = find_session(token, "staff" if staff is not None else "member", utcnow())
    if row is None:
        raise RuntimeError("a session just started is not there")
    session.permanent = device == "own"
    login_user(Principal(token, row))


def sign_out() -> None:
    """Forget the session in this browser; the row is ended by the caller."""
    logout_user()
    session.clear()
    session.modified = True


def current_principal() -> Principal | None:
    """Return who the current request acts as, or None for a guest."""
    if not has_request_context():
        return None
    found = current_user._get_current_object() if current_user else None
    return found if isinstance(found, Principal) else None


def current_member() -> Member | None:
    """Return the signed-in member of the current request, or None."""
    override: Member | None = g.get("socket_member")
    if override is not None:
        return override
    principal = current_principal()
    return principal.member if principal else None


def current_staff() -> Staff | None:
    """Return the signed-in staff account of the current request, or None."""
    principal = current_principal()
    return principal.staff if principal else None


def sleeping_row() -> LoginSession | None:
    """Return this browser's session if quick exit put it to sleep."""
    token = session.get(TOKEN_KEY)
    return find_session(token, "member", utcnow(), asleep=True) if isinstance(token, str) else None
