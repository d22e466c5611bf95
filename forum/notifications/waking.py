"""Waking a browser that asked for it: one push without a word in it. Off unless the operator has made keys.

Nothing is sent but the fact that there is something: no text, no name, no kind, not even sealed. The browser shows a
fixed neutral line. One push until the member has looked, none while the visit sleeps (docs/decisions/0029).
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode
from pywebpush import WebPushException, webpush
from sqlalchemy import delete, select, update

from forum.core import events
from forum.core.db import db
from forum.core.errors import BadInput
from forum.identity.models import LoginSession
from forum.identity.sessions import on_sleep
from forum.notifications.models import Notification, PushSubscription

log = logging.getLogger(__name__)
FILE = "push.json"
HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    ".notify.windows.com",
)
"""Push services of browser makers; a leading dot stands for any name before it. Nothing else is ever asked."""
MAX_ENDPOINT = 600
SECONDS = 5.0
BATCH = 50
TTL_SECONDS = 3600
"""How long a push service may hold it: news of yesterday need not wake anybody."""


@dataclass(frozen=True, slots=True)
class PushKeys:
    """The operator's keys and whom a push service may write to."""

    private: str
    public: str
    contact: str
    hosts: tuple[str, ...] = HOSTS


def make_keys(instance: Path, contact: str) -> PushKeys:
    """Make keys and keep them in the instance directory, readable by its owner alone.

    Raises:
        BadInput: there are keys already (new ones would end every browser's wish), or no address to write to.
    """
    path = instance / FILE
    if path.exists():
        raise BadInput(f"{path} is there already. Remove it first if every browser is to ask anew.")
    if not contact.startswith(("mailto:", "https://")):
        raise BadInput("Give an address push services may write to: mailto:… or https://…")
    pair = Vapid02()
    pair.generate_keys()
    point = pair.public_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    kept = {
        "private": b64urlencode(pair.private_key.private_numbers().private_value.to_bytes(32, "big")),
        "public": b64urlencode(point),
        "contact": contact,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(kept, out)
    return PushKeys(**kept)


def keys_of(instance: Path) -> PushKeys | None:
    """Return the keys; None while the operator has made none, and then nothing of this is offered or done."""
    path = instance / FILE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> PushKeys:
    kept = json.loads(path.read_text(encoding="utf-8"))
    hosts = tuple(kept.pop("hosts", HOSTS))
    return PushKeys(**kept, hosts=hosts)


# ── What members do ─────────────────────────────────────────────────────────────────────────────────────────────


def is_allowed(endpoint: str, hosts: tuple[str, ...]) -> bool:
    """Tell whether an address belongs to a push service: whatever a browser sends, this server asks nobody else."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None or len(endpoint) > MAX_ENDPOINT:
        return False
    if host == "127.0.0.1" and host in hosts:  # an operator's own test service on this machine
        return parts.scheme == "http"
    known = any(host == name or (name.startswith(".") and host.endswith(name)) for name in hosts)
    return known and parts.scheme == "https" and port in (None, 443)


def turn_on(session: LoginSession, endpoint: str, keys: PushKeys) -> None:
    """Wake this browser from now on; it ends with the session.

    Raises:
        BadInput: the phone is shared, or the address is no push service's.
    """
    if session.device != "own" or session.member_id is None:
        raise BadInput("Only a phone or computer that is yours alone can be woken.")
    if not is_allowed(endpoint, keys.hosts):
        raise BadInput("This browser’s push service isn’t one we know, so nothing was turned on.")
    turn_off(session)
    db.session.add(PushSubscription(member_id=session.member_id, session_digest=session.digest, endpoint=endpoint))
    db.session.flush()


@on_sleep
def turn_off(session: LoginSession) -> None:
    """Wake this browser no more; quick exit does it as well."""
    db.session.execute(delete(PushSubscription).where(PushSubscription.session_digest == session.digest))


def is_on(session: LoginSession) -> bool:
    """Tell whether this browser is woken."""
    found = select(PushSubscription.id).where(PushSubscription.session_digest == session.digest)
    return db.session.scalar(found) is not None


def has_looked(member_id: int) -> None:
    """The member has looked at their news: the next piece may wake them again."""
    told = (PushSubscription.member_id == member_id, PushSubscription.told_at.is_not(None))
    db.session.execute(update(PushSubscription).where(*told).values(told_at=None))


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────


def wake_due(keys: PushKeys, now: datetime) -> int:
    """Wake every browser whose member has news that counts now and was not told since they last looked.

    Marked before it is sent: a push that gets lost is a line less, a push sent twice would be a drumroll.
    """
    news = select(Notification.id).where(
        Notification.member_id == PushSubscription.member_id, Notification.read_at.is_(None), Notification.due_at <= now
    )
    query = (
        select(PushSubscription)
        .join(LoginSession, LoginSession.digest == PushSubscription.session_digest)
        .where(
            PushSubscription.told_at.is_(None),
            LoginSession.asleep.is_(False),
            LoginSession.idle_until > now,
            LoginSession.abs_until > now,
            news.exists(),
        )
        .order_by(PushSubscription.id)
        .limit(BATCH)
    )
    found = [(row.id, row.endpoint) for row in db.session.scalars(query)]
    ids = [row_id for row_id, _endpoint in found]
    db.session.execute(update(PushSubscription).where(PushSubscription.id.in_(ids)).values(told_at=now))
    events.commit()
    gone = [row_id for row_id, endpoint in found if not send(endpoint, keys)]
    if gone:
        db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(gone)))
    return len(found) - len(gone)


def send(endpoint: str, keys: PushKeys) -> bool:
    """Ask a push service to wake one browser; False when the browser no longer wants it (404, 410) or may not be asked.

    There is no body at all. A service that cannot be reached is left: the list in the app has the news.
    """
    if not is_allowed(endpoint, keys.hosts):
        return False
    with requests.Session() as session:
        session.max_redirects = 0
        session.trust_env = False
        try:
            webpush(
                {"endpoint": endpoint},
                vapid_private_key=keys.private,
                vapid_claims={"sub": keys.contact},
                ttl=TTL_SECONDS,
                timeout=SECONDS,
                requests_session=session,
            )
        except WebPushException as refused:
            status = refused.response.status_code if refused.response is not None else 0
            log.warning("push refused", extra={"status": status})
            return status not in (404, 410)
        except requests.RequestException as problem:
            log.warning("push service away", extra={"error": type(problem).__name__})
    return True
