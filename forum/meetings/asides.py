"""What is said beside a meeting: asking its host quietly, and a line for its card that its author agreed to.

Both are posts in a thread of their own, so every rule that reads a post reads them, and nobody else's page shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.core.events import announce
from forum.core.ids import new_public_id
from forum.discussions import operations, team
from forum.discussions.models import PUBLIC, Post, Thread
from forum.identity.models import Member, Staff
from forum.meetings import settings
from forum.meetings.aside_models import Question, Quote
from forum.meetings.events import QuestionAnswered, QuestionAsked
from forum.meetings.models import Series, Session, SideRoom
from forum.meetings.retention import drop_thread, purge_thread
from forum.moderation import audit, intake
from forum.moderation.actors import Actor
from forum.moderation.sql import insert_ignore

MOST_QUOTES = 2
QUOTE_CHARS = 240

# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────


def owner_of_thread(thread_id: int) -> int | None:
    """Return whose question or line a thread holds; None for other threads."""
    for table in (Question, Quote):
        found: int | None = db.session.scalar(select(table.member_id).where(table.thread_id == thread_id))
        if found is not None:
            return found
    return None


def series_of_thread(thread_id: int) -> Series | None:
    """Return the series a question or a line for the card belongs to."""
    for table in (Question, Quote):
        joined = select(Series).join(table, table.series_id == Series.id).where(table.thread_id == thread_id)
        found: Series | None = db.session.scalar(joined)
        if found is not None:
            return found
    return None


def question_of(series: Series, member: Member | None) -> Question | None:
    """Return a member's exchange with the host of a series."""
    if member is None:
        return None
    wanted = (Question.series_id == series.id, Question.member_id == member.id)
    return db.session.scalar(select(Question).where(*wanted))


def quote_of(series: Series, member: Member | None) -> Quote | None:
    """Return what a member offered for the card of a series."""
    if member is None:
        return None
    return db.session.scalar(select(Quote).where(Quote.series_id == series.id, Quote.member_id == member.id))


def questions_for_host(series: Series) -> list[Question]:
    """Return the exchanges of a series that have words the host can read, unanswered ones first, then the newest."""
    read = select(Post.thread_id).where(Post.visibility.in_(PUBLIC), Post.author_id.is_not(None))
    query = select(Question).where(Question.series_id == series.id, Question.thread_id.in_(read))
    found = list(db.session.scalars(query.order_by(Question.asked_at.desc()).limit(50)))
    return sorted(found, key=lambda one: not is_waiting(one))


def is_waiting(question: Question) -> bool:
    """Tell whether the host has not answered the newest question."""
    return question.asked_at is not None and (question.answered_at is None or question.answered_at < question.asked_at)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line for the card, as it is shown."""

    public_id: str
    text: str
    name: str
    """"" where the author wants none under it."""
    is_chosen: bool
    is_public: bool
    """Others may read it: no rule and no moderator holds it back."""


def quotes_of(series: Series, *, chosen_only: bool = True) -> list[Quoted]:
    """Return lines for the card: at most two that were chosen, or everything the host may choose from."""
    query = (
        select(Quote, Post)
        .join(Post, Post.thread_id == Quote.thread_id)
        .where(Quote.series_id == series.id, Post.visibility.in_(PUBLIC))
    )
    newer = aliased(Post)
    later = (newer.thread_id == Post.thread_id, newer.id > Post.id, newer.visibility.in_(PUBLIC))
    query = query.where(~exists().where(*later))  # one line each, however many its author has sent into its thread
    query = query.where(*_as_chosen()).limit(MOST_QUOTES) if chosen_only else query.limit(50)
    return [show(quote, post) for quote, post in db.session.execute(query.order_by(Quote.chosen_at, Quote.id))]


def _as_chosen() -> tuple[ColumnElement[bool], ...]:
    """Say in SQL that a line stands as the host saw it: other words wait until they have been chosen."""
    same = or_(Post.edited_at.is_(None), Post.edited_at <= Quote.chosen_at)
    return (Quote.chosen_at.is_not(None), Post.created_at <= Quote.chosen_at, same)


def show(quote: Quote, post: Post) -> Quoted:
    """Show one line: what others read of it, with what tells who somebody is covered."""
    name = post.author.handle if quote.with_name and post.author is not None else ""
    text = post.masked_body if post.masked_body is not None else post.body
    return Quoted(quote.public_id, text, name, quote.chosen_at is not None, post.visibility in PUBLIC)


def own_quote(series: Series, member: Member | None) -> Quoted | None:
    """Return one's own line, also while nobody else can read it."""
    quote = quote_of(series, member)
    post = _words(quote) if quote is not None else None
    return show(quote, post) if quote is not None and post is not None else None


def _words(quote: Quote) -> Post | None:
    wanted = (Post.thread_id == quote.thread_id, Post.visibility.not_in(("author_deleted", "purged")))
    return db.session.scalar(select(Post).where(*wanted).order_by(Post.id.desc()).limit(1))


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────


def open_question(series: Series, member: Member) -> Question:
    """Return a member's exchange with the host, made now if there was none; the caller commits before posting in it."""
    found = question_of(series, member)
    if found is None:
        values = {"public_id": new_public_id(), "series_id": series.id, "member_id": member.id}
        insert_ignore(Question, values, ("series_id", "member_id"))
        found = question_of(series, member)
    if found is None:
        raise NotFound
    return found


def give_thread(row: Question | Quote, now: datetime) -> Thread:
    """Return the thread of a question or a line, made now if there was none."""
    if row.thread is None:
        row.thread = Thread(
            kind="meeting", title="", content_note="", visibility="live", started_at=now, bumped_at=now, seq=0
        )
        db.session.flush()
    return row.thread


def asked(question: Question, now: datetime) -> None:
    """Note that a question came; its host is told, without who asks."""
    question.asked_at = now
    db.session.flush()
    announce(QuestionAsked(question.id))


def answer(*, question: Question, staff: Staff, body: str, actor: Actor, client_id: str, now: datetime) -> Post:
    """Answer a quiet question as the host.

    Raises:
        NotFound: there is nothing to answer.
    """
    if question.thread is None:
        raise NotFound
    again = operations.find_own(staff_id=staff.id, client_id=client_id)
    if again is not None:
        return again
    post = team.speak_as_team(question.thread, staff=staff, body=body, client_id=client_id, now=now)
    question.answered_at = now
    audit.record("meeting.answer", actor=actor, now=now, target_type="series", target_id=question.series_id)
    db.session.flush()
    announce(QuestionAnswered(question.id))
    return post


# ── A line for the card ─────────────────────────────────────────────────────────────────────────────────────────


def open_quote(series: Series, member: Member, *, with_name: bool, now: datetime) -> Quote:
    """Make room for a member's line; an earlier one has to be taken back first.

    Raises:
        Conflict: there is one already.
    """
    found = quote_of(series, member)
    if found is not None and _words(found) is not None:
        raise Conflict("You have left a line here already. Take it back first, then write another.")
    if found is None:
        found = Quote(series_id=series.id, member_id=member.id, offered_at=now)
        db.session.add(found)
    found.with_name, found.offered_at, found.chosen_at = with_name, now, None
    db.session.flush()
    return found


def take_quote_back(series: Series, member: Member, now: datetime) -> None:
    """Take one's own line back: it is off the card at once, and its words are deleted."""
    quote = quote_of(series, member)
    post = _words(quote) if quote is not None else None
    if quote is None or post is None:
        return
    intake.target_deleted("post", post.id, now=now)
    operations.take_back(post, now)
    quote.chosen_at = None
    db.session.flush()


def choose_quote(*, series: Series, public_id: str, on: bool, actor: Actor, now: datetime) -> None:
    """Put a line on the card, or take it off.

    Raises:
        NotFound: no such line that others may read.
        BadInput: two are on it already.
    """
    shown = quotes_of(series, chosen_only=False)
    if public_id not in {one.public_id for one in shown}:
        raise NotFound
    if on and sum(one.is_chosen and one.public_id != public_id for one in shown) >= MOST_QUOTES:
        raise BadInput("Two lines fit on the card. Take one off first.", field="quote")
    quote = db.session.scalars(select(Quote).where(Quote.public_id == public_id)).one()
    quote.chosen_at = now if on else None
    audit.record("meeting.quote", actor=actor, now=now, target_type="series", target_id=series.id)
    db.session.flush()


# ── Forgetting ──────────────────────────────────────────────────────────────────────────────────────────────────


def purge_orphans(now: datetime) -> int:
    """Empty threads of meetings that nothing points at any more: whoever asked in them has left the forum."""
    tables = (Session, SideRoom, Question, Quote)
    unnamed = [~exists().where(table.thread_id == Thread.id) for table in tables]
    words = exists().where(Post.thread_id == Thread.id, Post.body != "")
    old = Thread.started_at < now - timedelta(hours=1)
    query = select(Thread.id).where(Thread.kind == "meeting", old, words, *unnamed)
    found = list(db.session.scalars(query.limit(50)))
    return sum(not purge_thread(thread_id) for thread_id in found)


def purge_questions(now: datetime) -> int:
    """Delete exchanges nobody wrote in for a while; those with a text in an open case wait for it."""
    limit = now - timedelta(days=settings.question_days())
    quiet = (Question.asked_at < limit, or_(Question.answered_at.is_(None), Question.answered_at < limit))
    gone = 0
    for question in db.session.scalars(select(Question).where(*quiet).limit(50)):
        thread_id = question.thread_id
        if thread_id is not None and purge_thread(thread_id):
            continue
        db.session.delete(question)
        db.session.flush()
        if thread_id is not None:
            drop_thread(thread_id)
        gone += 1
    return gone
