"""A practice case as the real case page draws it: same template, same keys, invented content."""

from __future__ import annotations

from datetime import datetime, timedelta

from forum.console.lines import Line, duration, is_covered, tag_of
from forum.console.messages import offers
from forum.console.page import CasePage, NoteView, marked, visibility_words
from forum.console.wording import _, ngettext
from forum.moderation import explain, practice, words
from forum.moderation.actors import Actor
from forum.moderation.context import Standing
from forum.moderation.explain import Why
from forum.moderation.leases import Holder
from forum.moderation.models import Case, PracticeCase
from forum.moderation.practice import Invented
from forum.moderation.priority import RESOLVE_MINUTES, Waiting, boosts_for, first_answer_target
from forum.moderation.settings import first_answer_minutes
from forum.moderation.subjects import Line as Neighbour
from forum.moderation.subjects import SubjectQuote

BASE = "/mod/training/practice/"


def case_of(row: PracticeCase) -> Case:
    """Return a case that lives in memory only, for templates that draw cases."""
    one = practice.invented()[row.scenario]
    boosts = boosts_for(Waiting(held=one.held, first_post=one.posts == 0, reporter_weights=(0.5,) * one.reporters))
    first = first_answer_target(one.lane, first_answer_minutes(one.lane), is_staffed=True)
    return Case(
        public_id=row.public_id,
        version=row.version,
        lane=row.lane,
        lane_reason=one.reason,
        state="resolved" if row.done_at else "open",
        support_level=one.level,
        held=one.held,
        disputed=False,
        limited_context=False,
        reporter_count=one.reporters,
        opened_at=row.opened_at,
        queued_at=row.opened_at,
        effective_at=row.opened_at,
        boosts=[boost.as_json() for boost in boosts],
        due_first_at=row.opened_at + timedelta(minutes=first),
        due_resolve_at=row.opened_at + timedelta(minutes=RESOLVE_MINUTES[one.lane]),
        first_human_at=row.done_at,
        resolved_at=row.done_at,
    )


def line_of(row: PracticeCase, now: datetime) -> Line:
    """Return one line of the practice queue."""
    one, case = practice.invented()[row.scenario], case_of(row)
    covered = is_covered(case)
    count = len(one.body.split())
    length = ngettext("%(num)s word", "%(num)s words", count)
    hidden = _("%(what)s. %(length)s, shown when you ask.", what=explain.headline(case), length=length)
    return Line(
        id=row.public_id,
        version=row.version,
        lane=words.lane_name(row.lane),
        tag=tag_of(case),
        text=hidden if covered else one.body,
        is_covered=covered,
        place=f"{one.room}, {_('not up yet') if one.held else _('already visible')}",
        waited=duration(now, row.opened_at),
        chips=explain.chips(case),
        holder="",
        is_mine=row.leased_until is not None and row.leased_until > now,
        is_done=row.done_at is not None,
        is_late=row.done_at is None and now > case.due_first_at,
    )


def page_of(row: PracticeCase, *, actor: Actor, now: datetime, is_shown: bool) -> CasePage:
    """Return the page of one practice case."""
    one, case = practice.invented()[row.scenario], case_of(row)
    quote = _quote(one)
    standing = standing_of(one)
    is_mine = row.done_at is None
    return CasePage(
        case=case,
        lane=words.lane_name(case.lane),
        lane_words=words.LANES[case.lane],
        tag=tag_of(case),
        headline=explain.headline(case),
        waited=duration(now, row.opened_at),
        place=_place(row),
        holders=[Holder(actor.staff_id, actor.alias, now)] if is_mine else [],
        is_mine=is_mine,
        quote=quote,
        text=marked(one.body, _spans(one)) if is_shown or not is_covered(case) else None,
        word_count=len(one.body.split()),
        before=quote.before,
        after=quote.after,
        was_edited=False,
        visibility=visibility_words(quote, None),
        why=[_why(one)],
        chips=explain.chips(case),
        standing=standing,
        earlier=[],
        notes=[NoteView(_("A colleague"), one.meanwhile, now, "note")] if one.meanwhile and row.version > 1 else [],
        history=[],
        messages=offers(standing, one.level, [one.reason], now),
    )


def _place(row: PracticeCase) -> tuple[int, int]:
    waiting = [one.id for one in practice.of_round(row.staff_id, row.round) if one.done_at is None]
    return (waiting.index(row.id) + 1 if row.id in waiting else len(waiting) + 1), len(waiting)


def _quote(one: Invented) -> SubjectQuote:
    return SubjectQuote(
        text=one.body,
        author_id=None,
        author_handle=one.author,
        room=one.room,
        thread_public_id="",
        visibility="held" if one.held else "live",
        revision=0,
        before=tuple(Neighbour(handle, text) for handle, text in one.before),
        after=tuple(Neighbour(handle, text) for handle, text in one.after),
    )


def standing_of(one: Invented) -> Standing:
    """Return what an invented author is made of."""
    return Standing(one.author, "", "", one.days, one.posts, 1, 0, 0, 0, 0, 0, 0)


def _spans(one: Invented) -> list[tuple[int, int]]:
    places = [(one.body.find(mark), len(mark)) for mark in one.marks]
    return sorted((at, at + length) for at, length in places if at >= 0)


def _why(one: Invented) -> Why:
    by = "a member" if one.reporters else "a rule"
    return Why(words.say(words.REASONS, one.reason), "", by, "", one.level, is_shadow=False, is_late=False)
