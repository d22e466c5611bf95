"""Calling whoever is on call, when somebody may be in danger and nobody has answered: at once, after 5 and 10 minutes,
the admins after 15, also when somebody has it open and says nothing. A call says how many urgent items there are and
nothing else; the words stay here.

A step is a row, taken before it is sent, so it is sent once; a call that did not get through is tried again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from forum.core.db import db
from forum.identity.models import Staff
from forum.identity.roles import ROLES, may
from forum.moderation import settings
from forum.moderation.models import Case, CaseLease, OnCallPage
from forum.moderation.sql import insert_ignore

STEPS = (0, 5, 10, 15)
"""Minutes after a case came into the queue."""
ADMIN_STEP = 15
ANSWERERS = tuple(role for role in ROLES if may(role, "case.decide"))
MAX_TRIES = 3
FORGET_AFTER = timedelta(hours=1)
"""A call this old helps nobody any more; an on-call system that was just set up is not rung for yesterday."""
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """What is said: a number and a step, nothing of anybody."""

    count: int
    step: int

    @property
    def words(self) -> str:
        """Return the whole message."""
        return "1 urgent item" if self.count == 1 else f"{self.count} urgent items"


def is_set() -> bool:
    """Tell whether anybody can be called at all."""
    return any((settings.paging_webhook_url(), settings.paging_ntfy_url(), settings.paging_admin_ntfy_url()))


def take_due(now: datetime) -> list[OnCallPage]:
    """Take the steps that are due: rows nobody else has taken, and earlier ones that did not get through.

    The caller commits before it sends.
    """
    failed = select(OnCallPage).where(
        OnCallPage.sent_at.is_(None), OnCallPage.tries < MAX_TRIES, OnCallPage.queued_at > now - FORGET_AFTER
    )
    again = list(db.session.scalars(failed))  # those a process took and died with, too: twice is better than never
    taken = [_take(case, step, now) for case, step in _due_steps(now)]
    return again + [page for page in taken if page is not None]


def _due_steps(now: datetime) -> Iterator[tuple[Case, int]]:
    """Yield what is due; while somebody who can answer is reading, only the last step, for a reader who fell asleep."""
    cases = _unanswered(now)
    read = _being_read([case.id for case in cases], now)
    for case in cases:
        for step in (ADMIN_STEP,) if case.id in read else STEPS:
            if _is_due(case, step, now):
                yield case, step


def _unanswered(now: datetime) -> list[Case]:
    """Return T0 cases nobody has answered."""
    wanted = select(Case).where(
        Case.state.in_(("open", "second", "escalated")),
        Case.lane == 0,
        Case.first_human_at.is_(None),
        Case.queued_at > now - FORGET_AFTER,
    )
    return list(db.session.scalars(wanted.order_by(Case.queued_at).limit(50)))


def _being_read(case_ids: Sequence[int], now: datetime) -> set[int]:
    """Return which of these somebody has open whose role can answer: a helper who looks does not silence the calls."""
    held = select(CaseLease.case_id).join(Staff, Staff.id == CaseLease.holder_id)
    held = held.where(CaseLease.case_id.in_(case_ids), CaseLease.expires_at > now, Staff.role.in_(ANSWERERS))
    return set(db.session.scalars(held))


def _is_due(case: Case, step: int, now: datetime) -> bool:
    return now >= case.queued_at + timedelta(minutes=step)


def _take(case: Case, step: int, now: datetime) -> OnCallPage | None:
    values = {"case_id": case.id, "queued_at": case.queued_at, "step": step, "tries": 0}
    number = insert_ignore(OnCallPage, values, ("case_id", "queued_at", "step"))
    return db.session.get(OnCallPage, number) if number is not None else None


def send(pages: list[OnCallPage], key: str, now: datetime, run: Callable[..., Any]) -> bool:
    """Send one call for all of them, and note how it went. `run` runs what waits for the network."""
    if not pages:
        return True
    call = Call(len({page.case_id for page in pages}), max(page.step for page in pages))
    is_through = bool(run(deliver, call, targets(call), key, now))
    for page in pages:
        page.tries += 1
        page.sent_at = now if is_through else None
    db.session.flush()
    return is_through


def targets(call: Call) -> dict[str, str]:
    """Return whom to call: address by kind."""
    found = {"webhook": settings.paging_webhook_url(), "ntfy": settings.paging_ntfy_url()}
    if call.step >= ADMIN_STEP:
        found["admin_ntfy"] = settings.paging_admin_ntfy_url()
    return {kind: url for kind, url in found.items() if url}


def deliver(call: Call, urls: dict[str, str], key: str, now: datetime) -> bool:
    """Send a call everywhere; True when it got through to at least one place, or there is none."""
    answers = [_post(_request(kind, url, call, key, now)) for kind, url in urls.items()]  # all of them are called
    return not urls or any(answers)


def _request(kind: str, url: str, call: Call, key: str, now: datetime) -> urllib.request.Request:
    if kind != "webhook":
        headers = {"Title": "Forum", "Priority": "5" if call.step else "4", "Content-Type": "text/plain"}
        return urllib.request.Request(url, call.words.encode(), headers, method="POST")  # noqa: S310 - see _post
    body = json.dumps({"kind": "urgent", "count": call.count, "step": call.step}, separators=(",", ":")).encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "X-Forum-Timestamp": stamp,
        "X-Forum-Signature": sign(key, stamp, body),
    }
    return urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - see _post


def sign(key: str, stamp: str, body: bytes) -> str:
    """Return `sha256=…` over "timestamp.body"; the receiver refuses stamps older than five minutes."""
    return "sha256=" + hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed call goes where the admin said, nowhere else."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _post(request: urllib.request.Request) -> bool:
    if urlsplit(request.full_url).scheme not in ("http", "https"):
        return False
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError, ValueError):
        return False


def unsent(now: datetime) -> int:
    """Return how many calls of the last hour did not get through."""
    wanted = (
        select(func.count())
        .select_from(OnCallPage)
        .where(OnCallPage.sent_at.is_(None), OnCallPage.tries > 0, OnCallPage.queued_at > now - FORGET_AFTER)
    )
    return db.session.scalar(wanted) or 0
