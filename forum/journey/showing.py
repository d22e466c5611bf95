"""The words around numbers and drawings: what a page of one's own place shows, ready for its template."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import format_date, gettext, ngettext
from markupsafe import Markup

from forum.identity.models import Member
from forum.journey import charts, checkins, counters
from forum.journey.charts import WeekMeans
from forum.journey.counters import Counted
from forum.journey.days import Dot, count_dots, local_day, next_landmark, path, ring_dots
from forum.journey.models import CheckIn, Reminder
from forum.journey.reading import private_card

SUNS = (20, 16.5, 12.5, 8.5, 5.5)
"""How high the sun stands over the horizon, lowest mood first."""


def mood_words() -> list[str]:
    """Return the five words for a mood, lowest first."""
    return [gettext("Rough"), gettext("Shaky"), gettext("OK"), gettext("Steady"), gettext("Good")]


def mood_choices() -> list[tuple[int, str, float]]:
    """Return value, word and height of the sun of each mood."""
    return list(zip(range(1, 6), mood_words(), SUNS, strict=True))


def weekday_letters() -> list[str]:
    """Return the initials of the weekdays, Monday first."""
    monday = date(2026, 1, 5)
    return [str(format_date(monday.replace(day=5 + day), "EEEEE")) for day in range(7)]


def day_words(day: date) -> str:
    """Return a day as people write it; the year only when it isn't this one."""
    return str(format_date(day, "d MMMM" if day.year == date.today().year else "d MMMM y"))  # noqa: DTZ011


# ── Counters ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DaysView:
    """One counter as a page shows it."""

    id: str
    label: str
    goal: str
    is_hidden: bool
    is_substance: bool
    days: int
    total: int
    since: str
    """The day the run started; empty while nobody is counting."""
    begins: str
    """The day ahead on which counting starts again; empty for none."""
    before: int
    """Days of the run before the latest marked day, for "these days happened"."""
    next_mark: int
    ring: int
    ring_title: str
    path: Markup
    path_title: str
    weeks: Sequence[tuple[str, int, int]]
    """Table beside the path: week, days counted, days marked."""
    used: Sequence[date]


def days_view(found: Counted) -> DaysView:
    """Return one counter ready to show."""
    row, tally = found.counter, found.tally
    dots = path(tally)
    return DaysView(
        id=row.public_id,
        label=row.label,
        goal=row.goal,
        is_hidden=row.is_hidden,
        is_substance=row.about == "substance",
        days=tally.days,
        total=tally.total,
        since=day_words(tally.current.start) if tally.current else "",
        begins=day_words(tally.begins) if tally.begins and not tally.current else "",
        before=tally.last.days if tally.last else 0,
        next_mark=next_landmark(tally.days),
        ring=ring_dots(tally.days),
        ring_title=_ring_title(found),
        path=charts.path_of_days(dots, weekday_letters()),
        path_title=_path_title(dots, row.goal),
        weeks=_path_table(dots, tally.today),
        used=sorted(tally.used, reverse=True),
    )


def day_count(days: int) -> str:
    """Return "1 day", "41 days"."""
    return str(ngettext("%(num)s day", "%(num)s days", days))


def _ring_title(found: Counted) -> str:
    if found.tally.current is None:
        return str(gettext("%(days)s in all", days=day_count(found.tally.total)))
    since = day_words(found.tally.current.start)
    return str(gettext("%(days)s since %(date)s", days=day_count(found.tally.days), date=since))


def _path_title(dots: Sequence[Sequence[Dot]], goal: str) -> str:
    marked = ngettext("%(num)s marked as used", "%(num)s marked as used", count_dots(dots, Dot.USED))
    if goal == "within":
        marked = ngettext(
            "%(num)s marked as past the line", "%(num)s marked as past the line", count_dots(dots, Dot.USED)
        )
    return str(
        gettext(
            "The last twelve weeks. %(counted)s counted, %(marked)s, %(open)s not filled in.",
            counted=day_count(count_dots(dots, Dot.COUNTED) + count_dots(dots, Dot.TODAY)),
            marked=marked,
            open=count_dots(dots, Dot.OPEN),
        )
    )


def _path_table(dots: Sequence[Sequence[Dot]], today: date) -> list[tuple[str, int, int]]:
    monday = date.fromordinal(today.toordinal() - today.weekday() - 7 * (len(dots) - 1))
    return [
        (
            str(format_date(date.fromordinal(monday.toordinal() + 7 * place), "d MMM")),
            week.count(Dot.COUNTED) + week.count(Dot.TODAY),
            week.count(Dot.USED),
        )
        for place, week in enumerate([list(week) for week in dots])
    ]


def all_days(member: Member, today: date) -> list[DaysView]:
    """Return all counters of a member, ready to show."""
    return [days_view(found) for found in counters.list_counted(member, today)]


# ── Check-ins ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WeeksView:
    """Twelve weeks of check-ins: drawing, sentence, table."""

    drawing: Markup
    title: str
    rows: Sequence[tuple[str, str, str, int]]
    """Week, mood, pull, how many check-ins."""
    has_any: bool


def weeks_view(member: Member, today: date) -> WeeksView:
    """Return the twelve weeks, ready to show."""
    weeks = checkins.weekly(member, today)
    names = [str(format_date(monday, "d MMM")) for monday, _ in weeks]
    means = [mean for _, mean in weeks]
    return WeeksView(
        drawing=charts.weeks_chart(means, mood_words(), names[0], gettext("this week")),
        title=_weeks_title(means),
        rows=[(name, *_mean_words(mean), mean.count) for name, mean in zip(names, means, strict=True)],
        has_any=any(mean.count for mean in means),
    )


def _mean_words(mean: WeekMeans) -> tuple[str, str]:
    mood = "–" if mean.mood is None else mood_words()[round(mean.mood) - 1]
    return mood, "–" if mean.craving is None else f"{mean.craving:.1f}"


def _weeks_title(means: Sequence[WeekMeans]) -> str:
    moods = [mean.mood for mean in means if mean.mood is not None]
    pulls = [mean.craving for mean in means if mean.craving is not None]
    if not moods and not pulls:
        return str(gettext("Twelve weeks with nothing filled in yet."))
    if sum(mean.count > 0 for mean in means) == 1:
        return _one_week(moods, pulls)
    parts = []
    if moods:
        first, last = (mood_words()[round(value) - 1] for value in (moods[0], moods[-1]))
        parts.append(gettext("Mood over twelve weeks: first %(first)s, lately %(last)s.", first=first, last=last))
    if pulls:
        low, high, last = f"{min(pulls):.1f}", f"{max(pulls):.1f}", f"{pulls[-1]:.1f}"
        parts.append(gettext("The pull went from %(low)s to %(high)s, lately %(last)s.", low=low, high=high, last=last))
    return " ".join(str(part) for part in parts)


def _one_week(moods: Sequence[float], pulls: Sequence[float]) -> str:
    """Say what there is while there is nothing to compare it with."""
    parts = [gettext("One week so far.")]
    if moods:
        parts.append(gettext("Mood: %(mood)s.", mood=mood_words()[round(moods[0]) - 1]))
    if pulls:
        parts.append(gettext("The pull: %(pull)s of 10.", pull=f"{pulls[0]:.0f}"))
    return " ".join(str(part) for part in parts)


def card_of(row: CheckIn | None, now: datetime) -> dict[str, object]:
    """Return what a template needs to show the card of a check-in."""
    card = private_card(row.support_level, tuple(row.categories), now) if row is not None else None
    return {
        "card": card,
        "card_post": row.public_id if row is not None else "",
        "ask_id": f"card-{row.public_id}" if row is not None else "",
        "card_forms": {
            "dismiss_action": f"/me/journey/check-ins/{row.public_id}/card" if row is not None else "",
            "next": "/me/journey",
        },
    }


def fleeting_card(level: int, categories: Sequence[str], now: datetime) -> dict[str, object]:
    """Return the card for words that are not stored as they are: it is shown once, in the answer to the form."""
    return {
        "card": private_card(level, tuple(categories), now),
        "card_forms": {"next": "/me/journey"},
        "ask_id": str(uuid.uuid4()),
    }


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder as a page shows it."""

    id: str
    words: str
    when: str
    is_due: bool


def reminder_view(row: Reminder, zone: str) -> ReminderView:
    """Return one reminder, its time in the member's own zone."""
    often = {"daily": gettext("every day"), "weekly": gettext("every week")}.get(row.rhythm, "")
    parts = [row.local_time, str(often)]
    if row.next_at is not None and row.rhythm != "daily":
        parts.insert(0, day_words(local_day(row.next_at, zone)))
    return ReminderView(row.public_id, row.words, ", ".join(part for part in parts if part), row.due_since is not None)
