"""One line of the queue, as its template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.console.wording import _, ngettext
from forum.moderation import explain, leases, settings
from forum.moderation.actors import Actor
from forum.moderation.intake import FIRST_POSTS
from forum.moderation.leases import Holder
from forum.moderation.models import Case
from forum.moderation.subjects import Excerpt, has_subject, subject_of
from forum.moderation.words import lane_name

EXCERPT_CHARS = 160


@dataclass(frozen=True, slots=True)
class Tag:
    """What kind of case it is: colour, picture and words, never colour alone."""

    css: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One case in the list."""

    id: str
    version: int
    lane: str
    tag: Tag
    text: str
    is_covered: bool
    """The words are not in the page: they are shown on the case page, on request."""
    place: str
    """Room and visibility."""
    waited: str
    chips: Sequence[str]
    holder: str
    is_mine: bool
    is_done: bool
    is_late: bool
    """Past the time by which somebody should have answered."""


def lines_of(cases: Sequence[Case], *, actor: Actor, now: datetime) -> list[Line]:
    """Return the lines of a list; a handful of queries however long it is."""
    holders = leases.holders_of([case.id for case in cases], now)
    excerpts = excerpts_of([(case.target_type, case.target_id) for case in cases])
    return [
        _line(case, excerpts.get((case.target_type, case.target_id)), holders[case.id], actor, now) for case in cases
    ]


def excerpts_of(targets: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Excerpt]:
    """Return what a list shows of many targets of any type; one or two queries for each type."""
    found: dict[tuple[str, int], Excerpt] = {}
    for target_type in {kind for kind, _number in targets if has_subject(kind)}:
        ids = [number for kind, number in targets if kind == target_type]
        for target_id, excerpt in subject_of(target_type).excerpts(ids).items():
            found[target_type, target_id] = excerpt
    return found


def _line(case: Case, excerpt: Excerpt | None, holders: Sequence[Holder], actor: Actor, now: datetime) -> Line:
    mine = [holder for holder in holders if holder.staff_id == actor.staff_id]
    covered = is_covered(case)
    return Line(
        id=case.public_id,
        version=case.version,
        lane=lane_name(case.lane),
        tag=tag_of(case),
        text=_text(case, excerpt, covered=covered),
        is_covered=covered,
        place=", ".join(part for part in (excerpt.room if excerpt else "", seen_by_others(excerpt)) if part),
        waited=duration(case.resolved_at or now, case.queued_at),
        chips=explain.chips(case),
        holder="" if mine or not holders else holders[0].alias,
        is_mine=bool(mine),
        is_done=case.state == "resolved",
        is_late=case.first_human_at is None and case.state != "resolved" and now > case.due_first_at,
    )


def is_covered(case: Case) -> bool:
    """Tell whether a case's words are shown only on request: possible crises, and sexual violence in any lane."""
    return case.lane <= settings.blur_lanes() or case.lane_reason in ("sexual_violence", "minor_safety")


def _text(case: Case, excerpt: Excerpt | None, *, covered: bool) -> str:
    if excerpt is None or excerpt.visibility in ("author_deleted", "purged"):
        return _("The author has taken the text back.")
    if covered:
        length = ngettext("%(num)s word", "%(num)s words", excerpt.words)
        return _("%(what)s. %(length)s, shown when you ask.", what=explain.headline(case), length=length)
    short = " ".join(excerpt.text.split())
    return short if len(short) <= EXCERPT_CHARS else f"{short[:EXCERPT_CHARS].rsplit(' ', 1)[0]}…"


def tag_of(case: Case) -> Tag:
    """Return a case's word badge."""
    if case.state == "escalated":
        return Tag("brickish", "siren", _("With the lead"))
    if case.state == "second":
        return Tag("dusk", "users", _("Second opinion"))
    if case.lane == 0:
        return Tag("brickish", "siren", _("Danger now"))
    if case.lane == 1 and not case.reporter_count:
        return Tag("brickish", "shield-alert", _("Possible crisis"))
    if case.disputed:
        return Tag("lampish", "scale", _("Held: “this looks wrong”"))
    if case.reporter_count:
        return Tag("roseish", "flag", ngettext("Reported by %(num)s", "Reported by %(num)s", case.reporter_count))
    if case.held:
        return Tag("lampish", "eye-off", _("Held"))
    if case.lane_reason == FIRST_POSTS:
        return Tag("", "sprout", _("First post"))
    return Tag("", "flag", _("To look at"))


def seen_by_others(excerpt: Excerpt | None) -> str:
    """Say in two words who can read it."""
    if excerpt is None:
        return ""
    return {
        "live": _("already visible"),
        "limited": _("behind a note"),
        "held": _("not up yet"),
        "checking": _("being checked"),
        "hidden": _("taken down"),
        "author_deleted": _("taken back"),
        "purged": _("gone"),
    }[excerpt.visibility]


def duration(now: datetime, since: datetime) -> str:
    """Return how long ago something was, in one unit."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    return _("%(n)s h", n=minutes // 60) if minutes < 48 * 60 else _("%(n)s days", n=minutes // 1440)
