"""The journal's pages and its lock. Every function that sees words is handed the open key; none of them keeps it."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from forum.core.blocking import run_costly
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound, TooLong
from forum.core.ids import new_public_id
from forum.core.text import clean_text
from forum.identity.models import Member
from forum.identity.phrase import MAX_CHARS, lookup_ids
from forum.journey import locks
from forum.journey.models import JournalLock, JournalPage

log = logging.getLogger(__name__)
MAX_BODY = 8_000
MAX_ANSWER = 1_000
PAGES_SHOWN = 10
PLAN = "plan"
PLAN_QUESTIONS = ("signs", "alone", "people", "ask", "safe", "reasons")
"""Warning signs, what helps alone, people to be with, people to ask, making the place safer, what is worth it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an open journal."""

    public_id: str
    body: str
    at: datetime


# ── The lock ────────────────────────────────────────────────────────────────────────────────────────────────────


def find_lock(member: Member) -> JournalLock | None:
    """Return a member's lock, or None while they have no journal."""
    return db.session.get(JournalLock, member.id)


def open_journal(member: Member, words: str, peppers: Mapping[str, str]) -> bytes:
    """Return the data key these words open; the first time, make one.

    The keyed look-up comes first, so that wrong guesses cost no argon2.

    Raises:
        BadInput: these are not this member's words.
    """
    if not is_theirs(member, words, peppers):
        raise BadInput("Those words don't open your journal. Please check their order and spelling.", field="phrase")
    lock = find_lock(member) or _make_lock(member, words)
    try:
        return run_costly("members", locks.unwrap, locks.Lock(lock.salt, lock.wrapped_key), words, member.public_id)
    except locks.Sealed:
        message = "Your pages were locked with earlier words, and these don't open them. We can't either."
        raise BadInput(message, field="phrase") from None


def is_theirs(member: Member, words: str, peppers: Mapping[str, str]) -> bool:
    """Tell whether these are the member's six words; microseconds."""
    if not words.strip() or len(words) > MAX_CHARS or member.lookup_id is None:
        return False
    return any(hmac.compare_digest(found, member.lookup_id) for found in lookup_ids(words, peppers).values())


def _make_lock(member: Member, words: str) -> JournalLock:
    """Make the lock of a new journal; of two at once, the one that comes second uses the first's."""
    made = run_costly("members", locks.wrap, locks.new_key(), words, member.public_id)
    row = JournalLock(member_id=member.id, scheme=made.scheme, salt=made.salt, wrapped_key=made.wrapped_key)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.get_one(JournalLock, member.id)
    return row


def lock_again(member: Member, old_words: str, new_words: str) -> None:
    """Lock the data key with new words, in the transaction that makes the old ones stop working."""
    row = find_lock(member)
    if row is None:
        return
    try:
        key = run_costly("members", locks.unwrap, locks.Lock(row.salt, row.wrapped_key), old_words, member.public_id)
    except locks.Sealed:
        # New words must be had all the same: somebody may know the old ones. The pages were lost before this.
        log.error("a journal did not open with the words of its member")
        return
    made = run_costly("members", locks.wrap, key, new_words, member.public_id)
    row.scheme, row.salt, row.wrapped_key = made.scheme, made.salt, made.wrapped_key
    db.session.flush()


def erase(member: Member) -> None:
    """Throw the pages and their lock away: with the wrapped key gone, copies in old backups stay noise for others."""
    db.session.execute(delete(JournalPage).where(JournalPage.member_id == member.id))
    db.session.execute(delete(JournalLock).where(JournalLock.member_id == member.id))


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_body(raw: str) -> str:
    """Clean the words of a page.

    Raises:
        BadInput, TooLong: nothing there, or more than fits.
    """
    body = clean_text(raw)
    if not body:
        raise BadInput("There's nothing here yet. One line is fine.", field="body")
    if len(body) > MAX_BODY:
        over = len(body) - MAX_BODY
        raise TooLong(f"That's {over} characters more than fits on one page. You can keep it on two.", field="body")
    return body


def write_page(member: Member, key: bytes, *, body: str, client_id: str, now: datetime) -> str:
    """Seal and store a page; returns its id. The same `client_id` with the same words is the same page.

    Raises:
        Conflict: the same `client_id` came with other words.
    """
    member_id = member.id
    public_id = new_public_id()
    row = JournalPage(
        public_id=public_id,
        member_id=member_id,
        client_id=client_id,
        sealed=locks.seal(key, {"at": now.isoformat(), "body": body}, _place(public_id, "page")),
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return _same_page(member_id, key, client_id, body)
    return public_id


def _same_page(member_id: int, key: bytes, client_id: str, body: str) -> str:
    earlier = db.session.scalars(select(JournalPage).filter_by(member_id=member_id, client_id=client_id)).one()
    if _opened(earlier, key).body != body:
        raise Conflict("This page was already kept with other words. Please keep the new ones as a new page.")
    return earlier.public_id


def list_pages(member: Member, key: bytes, *, before: str = "") -> tuple[list[Page], str]:
    """Return the newest pages, or those before one, and the id to go on from ("" at the end)."""
    query = select(JournalPage).where(JournalPage.member_id == member.id, JournalPage.kind == "page")
    if before:
        query = query.where(JournalPage.id < _row(member, before).id)
    rows = list(db.session.scalars(query.order_by(JournalPage.id.desc()).limit(PAGES_SHOWN + 1)))
    shown = rows[:PAGES_SHOWN]
    return [_opened(row, key) for row in shown], shown[-1].public_id if len(rows) > PAGES_SHOWN else ""


def every_page(member: Member, key: bytes) -> list[Page]:
    """Return all pages, oldest first, for the member's own copy."""
    rows = select(JournalPage).where(JournalPage.member_id == member.id, JournalPage.kind == "page")
    return [_opened(row, key) for row in db.session.scalars(rows.order_by(JournalPage.id))]


def get_page(member: Member, key: bytes, public_id: str) -> Page:
    """Return one page.

    Raises:
        NotFound: no such page of this member's.
    """
    return _opened(_row(member, public_id), key)


def change_page(member: Member, key: bytes, public_id: str, *, body: str) -> None:
    """Seal other words into a page; the earlier ones are not kept."""
    row = _row(member, public_id)
    at = _opened(row, key).at
    row.sealed = locks.seal(key, {"at": at.isoformat(), "body": body}, _place(public_id, "page"))
    db.session.flush()


def delete_page(member: Member, public_id: str) -> None:
    """Throw one page away; this needs no key."""
    db.session.delete(_row(member, public_id))
    db.session.flush()


def count_pages(member: Member) -> int:
    """Return how many pages there are; the server knows that much."""
    query = select(func.count()).where(JournalPage.member_id == member.id, JournalPage.kind == "page")
    return db.session.scalar(query) or 0


def _row(member: Member, public_id: str) -> JournalPage:
    query = select(JournalPage).filter_by(member_id=member.id, public_id=public_id, kind="page")
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def _opened(row: JournalPage, key: bytes) -> Page:
    content = locks.unseal(key, row.sealed, _place(row.public_id, row.kind))
    return Page(row.public_id, content["body"], datetime.fromisoformat(content["at"]))


def _place(public_id: str, kind: str) -> str:
    return f"{kind}:{public_id}"


# ── The safety plan: one sealed sheet ───────────────────────────────────────────────────────────────────────────


def read_plan(member: Member, key: bytes) -> dict[str, str]:
    """Return the answers of the plan; empty ones where nothing was written."""
    row = _plan_row(member)
    kept = locks.unseal(key, row.sealed, _place(row.public_id, PLAN)) if row is not None else {}
    return {question: str(kept.get(question, "")) for question in PLAN_QUESTIONS}


def has_plan(member: Member) -> bool:
    """Tell whether a plan is kept; the server knows that much."""
    return _plan_row(member) is not None


def save_plan(member: Member, key: bytes, answers: Mapping[str, str]) -> None:
    """Seal the answers in place of the earlier ones."""
    row = _plan_row(member)
    if row is None:
        row = JournalPage(public_id=new_public_id(), member_id=member.id, client_id=PLAN, kind=PLAN, sealed=b"")
        db.session.add(row)
    row.sealed = locks.seal(key, dict(answers), _place(row.public_id, PLAN))
    db.session.flush()


def check_plan(answers: Mapping[str, str]) -> dict[str, str]:
    """Clean the answers.

    Raises:
        TooLong: naming the question.
    """
    cleaned = {question: clean_text(answers.get(question, "")) for question in PLAN_QUESTIONS}
    for question, answer in cleaned.items():
        if len(answer) > MAX_ANSWER:
            raise TooLong(f"Each box of the plan holds {MAX_ANSWER} characters.", field=question)
    return cleaned


def _plan_row(member: Member) -> JournalPage | None:
    return db.session.scalar(select(JournalPage).filter_by(member_id=member.id, kind=PLAN))
