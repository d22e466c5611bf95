"""The desk's pages for series: starting one, adapting it, ending it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, ForumError, NotFound
from forum.core.text import clean_text, one_line
from forum.discussions.presenting import card_questions
from forum.discussions.seeding import CARD_KEYS
from forum.identity.access import staff, the_staff
from forum.identity.forms import Form, read_form
from forum.identity.roles import may
from forum.meetings import asides, queries, timetable, words, zones
from forum.meetings.access import ANY_ROOM
from forum.meetings.formats import formats
from forum.meetings.models import Series
from forum.meetings.presenting import asked_view
from forum.meetings.sockets import actor_of
from forum.meetings.timetable import Wish
from forum.web import limits

bp = Blueprint("meeting_series", __name__, url_prefix="/mod/meetings")
FIELDS = (
    "name", "summary", "format", "first_on", "local_time", "zone", "rule", "minutes", "capacity", "share_minutes",
    "host_name", "host_kind", "audience", "pathway", "topic", "cross_talk", "calling", "history",
)  # fmt: skip
CARD_FIELDS = tuple(f"card_{key}" for key in CARD_KEYS)
NEW = {
    "format": "share_circle", "local_time": "19:30", "zone": "Europe/London", "rule": "FREQ=WEEKLY;BYDAY=MO",
    "minutes": "45", "capacity": "24", "share_minutes": "4", "audience": "everyone", "pathway": "any", "topic": "open",
    "history": "yes",
}  # fmt: skip
MAX_STEPS = 12
EMPTY_STEP = {"name": "", "kind": "talk", "minutes": 0, "words": ""}
"""Room for one more; a step without a name is left out."""


@bp.route("/new", methods=["GET", "POST"])
@staff("meeting.run")
def new() -> Response | str | tuple[str, int]:
    """Start a series; whoever starts it is its host."""
    if request.method == "GET":
        return _page(None, Form({**NEW, "first_on": utcnow().date().isoformat()}))
    form, me = read_form(*FIELDS, *CARD_FIELDS), the_staff()
    limits.hit("mod_action", member=me.public_id)
    try:
        made = timetable.make_series(_wish(form, None), actor=actor_of(me), host_id=me.id, now=utcnow())
        events.commit()
    except ForumError as refusal:
        return _refused(None, form, refusal)
    return redirect(f"/mod/meetings/series/{made.public_id}", 303)


@bp.route("/series/<meeting>", methods=["GET", "POST"])
@staff("meeting.run")
def series(meeting: str) -> Response | str | tuple[str, int]:
    """Adapt a series, or end it."""
    found, me = _own(meeting), the_staff()
    if request.method == "GET":
        return _page(found, Form(_values(found)))
    form = read_form(*FIELDS, *CARD_FIELDS)
    limits.hit("mod_action", member=me.public_id)
    try:
        if request.form.get("stop"):
            timetable.stop_series(found, actor=actor_of(me), now=utcnow())
        else:
            timetable.change_series(found, _wish(form, found), actor=actor_of(me), now=utcnow())
        events.commit()
    except ForumError as refusal:
        return _refused(_own(meeting), form, refusal)
    return redirect(f"/mod/meetings/series/{meeting}", 303)


def _own(meeting: str) -> Series:
    """Return a series this person holds; moderators may change any.

    Raises:
        NotFound: absent, or somebody else's.
    """
    found, me = queries.get_series(meeting), the_staff()
    if found.host_id != me.id and not may(me.role, ANY_ROOM):
        raise NotFound
    return found


def _refused(series: Series | None, form: Form, refusal: ForumError) -> tuple[str, int]:
    events.rollback()
    form.errors[refusal.field or "form"] = refusal.message
    return _page(series, form), refusal.status


def _page(series: Series | None, form: Form) -> str:
    return render_template(
        "meetings/desk/series.html",
        series=series,
        form=form,
        formats=[(one.key, f"{_(one.name)}: {_(one.summary)}") for one in formats().values()],
        choices=words.choices(),
        zones=[(name, name) for name in zones.known()],
        sessions=queries.next_sessions(series, utcnow()) if series else [],
        steps=list(enumerate([*(_typed_steps() or series.steps), EMPTY_STEP])) if series else [],
        kinds=words.step_kinds(),
        card_fields=[(key, label, words.card_hints()[key]) for key, label in card_questions().items()],
        questions=[asked_view(one) for one in asides.questions_for_host(series)] if series else [],
        quotes=asides.quotes_of(series, chosen_only=False) if series else [],
    )


def _values(series: Series) -> dict[str, str]:
    found = {name: str(getattr(series, name)) for name in FIELDS if name not in ("first_on", "history")}
    found |= {f"card_{key}": series.card.get(key, "") for key in CARD_KEYS}
    return {**found, "first_on": series.first_on.isoformat(), "history": "yes" if series.history else ""}


def _wish(form: Form, series: Series | None) -> Wish:
    v = form.values
    changed_format = series is None or v["format"] != series.format
    return Wish(
        name=one_line(v["name"]),
        summary=one_line(v["summary"]),
        format=v["format"],
        rule=v["rule"],
        first_on=_day(v["first_on"]),
        local_time=v["local_time"],
        zone=v["zone"],
        minutes=_number(v, "minutes"),
        capacity=_number(v, "capacity"),
        host_name=one_line(v["host_name"]),
        host_kind=v["host_kind"],
        pathway=v["pathway"],
        topic=v["topic"],
        audience=v["audience"],
        card={key: one_line(v[f"card_{key}"]) for key in CARD_KEYS},
        steps=None if changed_format else (_typed_steps() or None),
        cross_talk=v["cross_talk"],
        calling=v["calling"],
        share_minutes=_number(v, "share_minutes"),
        history=bool(v["history"]),
    )


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as problem:
        raise BadInput("A day looks like 2026-12-01.", field="first_on") from problem


def _number(values: dict[str, str], name: str) -> int:
    value = values.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise BadInput("Please write a whole number.", field=name)
    return int(value)


def _typed_steps() -> list[dict[str, Any]]:
    """Return the agenda as it was typed."""
    found = []
    for number in range(MAX_STEPS):
        name = one_line(request.form.get(f"step-{number}-name", ""))
        if not name:
            continue
        minutes = _number({"steps": request.form.get(f"step-{number}-minutes", "0").strip() or "0"}, "steps")
        kind, said = request.form.get(f"step-{number}-kind", ""), request.form.get(f"step-{number}-words", "")
        found.append({"name": name, "kind": kind, "minutes": minutes, "words": clean_text(said)})
    return sorted(found, key=lambda step: step["kind"] == "closing")  # one that was added comes before the closing
