"""Everything the case page shows, gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup, escape
from sqlalchemy import select

from forum.console.lines import Tag, duration, is_covered, tag_of
from forum.console.messages import Offered, offers
from forum.console.wording import _
from forum.core.db import db
from forum.identity.models import Staff
from forum.moderation import changes, context, explain, leases, queue, reversals, signals, snapshots, words
from forum.moderation.actors import Actor
from forum.moderation.changes import Change
from forum.moderation.context import Standing
from forum.moderation.explain import Why
from forum.moderation.leases import Holder
from forum.moderation.models import Case, CaseNote, CaseSnapshot, Decision
from forum.moderation.subjects import Line, SubjectQuote, has_subject, subject_of


@dataclass(frozen=True, slots=True)
class NoteView:
    """A word of a colleague."""

    by: str
    body: str
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """An earlier decision in one line."""

    id: str
    words: str
    facts: str
    at: datetime
    by: str
    is_reversed: bool
    can_reverse: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """What a moderator needs to decide, and nothing that identifies anybody."""

    case: Case
    lane: str
    lane_words: str
    tag: Tag
    headline: str
    waited: str
    place: tuple[int, int]
    holders: Sequence[Holder]
    is_mine: bool
    quote: SubjectQuote | None
    text: Markup | None
    """None while it is covered."""
    word_count: int
    before: Sequence[Line]
    after: Sequence[Line]
    was_edited: bool
    visibility: str
    why: Sequence[Why]
    chips: Sequence[str]
    standing: Standing | None
    earlier: Sequence[DecisionView]
    notes: Sequence[NoteView]
    history: Sequence[Change]
    messages: Sequence[Offered] = field(default_factory=list)


def case_page(case: Case, *, actor: Actor, now: datetime, is_shown: bool) -> CasePage:
    """Gather the page; `is_shown` says that a covered text was asked for (the caller has logged that)."""
    found = signals.of_case(case.id)
    quote = subject_of(case.target_type).quote(case.target_id) if has_subject(case.target_type) else None
    kept, room = _kept(case), snapshots.frozen(case.id) if case.live else None
    body = kept.body if kept is not None else (quote.text if quote else "")
    standing = context.standing_of(case.author_id, now)
    holders = leases.holders_of([case.id], now)[case.id]
    categories = signals.categories_of(found)
    return CasePage(
        case=case,
        lane=words.lane_name(case.lane),
        lane_words=words.LANES[case.lane],
        tag=tag_of(case),
        headline=explain.headline(case),
        waited=duration(case.resolved_at or now, case.queued_at),
        place=queue.position(case, actor=actor),
        holders=holders,
        is_mine=any(holder.staff_id == actor.staff_id for holder in holders),
        quote=quote,
        text=marked(body, explain.spans_in(found, quote)) if is_shown or not is_covered(case) else None,
        word_count=len(body.split()),
        before=_lines(room or kept, quote, "before"),
        after=_lines(room or kept, quote, "after"),
        was_edited=quote is not None and case.revision_id not in (None, quote.revision),
        visibility=visibility_words(quote, kept),
        why=explain.reasons_for(found),
        chips=explain.chips(case),
        standing=standing,
        earlier=_earlier(case),
        notes=_notes(case.id),
        history=changes.history_of(case),
        messages=offers(standing, case.support_level, categories, now, quote.known_as if quote else ""),
    )


def _kept(case: Case) -> CaseSnapshot | None:
    if not case.limited_context:
        return None
    newest = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id).order_by(CaseSnapshot.id.desc()).limit(1)
    return db.session.scalar(newest)


def _lines(kept: CaseSnapshot | None, quote: SubjectQuote | None, side: str) -> Sequence[Line]:
    if kept is not None:
        return [Line(row["handle"], row["text"]) for row in getattr(kept, side)]
    return list(getattr(quote, side)) if quote is not None else []


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Return plain text as HTML with the places that were noticed marked; everything is escaped here."""
    parts, at = [Markup("<p>")], 0
    for start, end in spans:
        parts += [_plain(text[at:start]), Markup("<mark>{}</mark>").format(_plain(text[start:end]))]
        at = end
    parts += [_plain(text[at:]), Markup("</p>")]
    return Markup("").join(parts)


def _plain(text: str) -> Markup:
    return escape(text).replace("\n", Markup("<br>"))


def visibility_words(quote: SubjectQuote | None, kept: CaseSnapshot | None) -> str:
    """Say who can read the text now."""
    if quote is None or kept is not None or quote.visibility in ("author_deleted", "purged"):
        return _("Nobody: the author has taken it back. This copy is only for you, and goes after the case is closed.")
    note = quote.content_note or _("without words")
    return {
        "live": _("Yes. It is up for everybody who can read the room."),
        "limited": _("Behind a note: “%(note)s”. One tap opens it.", note=note),
        "held": _("No. Only the author and moderators see it; the author knows that it waits."),
        "checking": _("Not yet: the automatic check is running."),
        "hidden": _("No. It was taken down; its author still sees it, with the reason."),
    }[quote.visibility]


def _earlier(case: Case) -> list[DecisionView]:
    found = db.session.scalars(
        select(Decision)
        .where(
            (Decision.case_id == case.id)
            | (Decision.author_id == case.author_id if case.author_id is not None else Decision.id.is_(None))
        )
        .order_by(Decision.id.desc())
        .limit(12)
    )
    return [decision_view(decision, case) for decision in found]


def decision_view(decision: Decision, case: Case | None) -> DecisionView:
    """Return one decision as a line; it can be taken back from its own case's page."""
    action = f"auto.{decision.action}" if decision.automated_decision else f"decide.{decision.action}"
    return DecisionView(
        id=decision.public_id,
        words=words.say(words.ACTIONS, action if action in words.ACTIONS else f"decide.{decision.action}"),
        facts=decision.facts_public,
        at=decision.decided_at,
        by=decision.decided_by_alias or (_("a rule") if decision.automated_decision else ""),
        is_reversed=decision.reversed_at is not None,
        can_reverse=case is not None
        and decision.case_id == case.id
        and not decision.automated_decision
        and reversals.is_standing(decision, case),
    )


def _notes(case_id: int) -> list[NoteView]:
    rows = db.session.execute(
        select(CaseNote, Staff.name)
        .join(Staff, Staff.id == CaseNote.author_id)
        .where(CaseNote.case_id == case_id)
        .order_by(CaseNote.id)
    )
    return [NoteView(name, note.body, note.created_at, note.kind) for note, name in rows]
