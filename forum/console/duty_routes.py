"""Duty: coming on and going off, the rota with its gaps, the hand-over, calling whoever is on call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.calling import call_key
from forum.console.wording import _
from forum.core import events
from forum.core.blocking import run_blocking
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.identity.access import staff
from forum.identity.forms import Form, read_form
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation import audit, care, debriefs, duty, figures, handover, leases, paging, rota
from forum.moderation.models import HandOver
from forum.moderation.rota import Planned

bp = Blueprint("console_duty", __name__, url_prefix="/mod")
DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the rota."""

    at: datetime
    shifts: tuple[Planned, ...]
    gaps: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class HandOverView:
    """One hand-over, with names."""

    row: HandOver
    by: str
    read_by: str


@bp.get("/duty")
@staff("duty.own")
def show() -> str:
    """Show who is on, who means to come, where nobody does, and what the last shift left."""
    duty.heartbeat(staff_id=the_actor().staff_id, now=utcnow())
    page = _page(Form())
    events.commit()
    return page


def _page(form: Form) -> str:
    actor, now = the_actor(), utcnow()
    names = {person.id: person.name for person in db.session.scalars(select(Staff))}
    return render_template(
        "console/duty.html",
        on_duty=duty.list_on(now),
        is_on=duty.is_on(actor.staff_id, now),
        my_id=actor.staff_id,
        days=rota_days(now),
        next_on=rota.next_on(now),
        unread=[_view(row, names) for row in handover.unread_for(actor.staff_id, now)],
        earlier=[_view(row, names) for row in handover.newest()],
        now_facts=handover.facts_now(released=0, incidents=()),
        care=care.of(actor.staff_id, now),
        buddy=names.get(debriefs.buddy_of(actor.staff_id, now) or 0, ""),
        names_me=debriefs.names_me(actor.staff_id, now),
        others=_others(actor.staff_id),
        talks=debriefs.waiting_for(actor, now),
        own=figures.own(actor.staff_id, now - timedelta(days=7), now),
        can_manage=may(actor.role, "duty.manage"),
        is_calling=paging.is_set(),
        unsent=paging.unsent(now),
        key=call_key() if may(actor.role, "settings.change") else "",
        form=form,
        today=now,
    )


def _others(staff_id: int) -> list[tuple[str, str]]:
    """Return (public id, name) of everybody else on the team."""
    wanted = select(Staff).where(Staff.is_active, Staff.id != staff_id).order_by(Staff.name)
    return [(person.public_id, person.name) for person in db.session.scalars(wanted)]


def _view(row: HandOver, names: dict[int, str]) -> HandOverView:
    return HandOverView(row, names.get(row.made_by_id, ""), names.get(row.read_by_id or 0, ""))


def rota_days(now: datetime) -> list[Day]:
    """Return two weeks of the rota, day by day, with the times nobody has taken. Days are UTC days."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0)
    planned = rota.list_between(first, first + timedelta(days=DAYS_SHOWN))
    found = []
    for number in range(DAYS_SHOWN):
        start, end = first + timedelta(days=number), first + timedelta(days=number + 1)
        today = [shift for shift in planned if shift.starts_at < end and shift.ends_at > start]
        cover = [shift for shift in today if may(shift.role, "queue.read")]
        gaps = rota.gaps_in(cover, max(start, now.replace(second=0, microsecond=0)), end)
        found.append(Day(start, tuple(today), tuple(gaps)))
    return found


@bp.post("/duty")
@staff("duty.own")
def change_duty() -> Response:
    """Come on, take a break, go off, step back; a break or the end gives every case back, the end leaves a hand-over.

    Stepping back asks nothing and says nothing to anybody: to the others it is going off.
    """
    actor, now, wanted = the_actor(), utcnow(), request.form.get("status", "")
    was_on = duty.is_on(actor.staff_id, now)
    if wanted == "on":
        duty.go_on(actor=actor, now=now)
        flash(_("You're on. Thank you for being here."), "done")
    elif wanted in ("break", "off", "step_back"):
        given_back = leases.release_all(actor=actor)
        duty.go_off(actor=actor, now=now, on_break=wanted == "break")
        if was_on and wanted != "break":
            handover.make(actor=actor, now=now, released=given_back, note=request.form.get("note", ""))
        flash(_off_words(wanted, given_back), "done")
    elif wanted == "talk":
        debriefs.ask(actor=actor, now=now)
        flash(_("Your buddy and the leads see that you’d like to talk. You don’t have to say more."), "done")
    else:
        raise NotFound()
    events.commit()
    leads_to = "console.index" if may(actor.role, "queue.read") and wanted == "on" else "console_duty.show"
    return redirect(url_for(leads_to), 303)


def _off_words(wanted: str, given_back: int) -> str:
    if wanted == "step_back":
        return _("You've stepped back. Nobody asks why, and others have it now. Look after yourself.")
    if given_back:
        return _("You're off. Your cases are back in the queue.")
    return _("You're off. Nothing is waiting for you.")


Answer = Response | tuple[str, int]


def _answer(said: str, deed: Callable[[], object], form: Form | None = None) -> Answer:
    """Do one thing and say so; a refused form comes back with what was typed."""
    form = form or Form()
    try:
        deed()
    except BadInput as refusal:
        events.rollback()
        form.errors[refusal.field or "form"] = refusal.message
        return _page(form), refusal.status
    events.commit()
    flash(said, "done")
    return redirect(url_for("console_duty.show"), 303)


@bp.post("/duty/buddy")
@staff("duty.own")
def choose_buddy() -> Answer:
    """Name whom one would talk to after something hard."""
    actor, wanted = the_actor(), request.form.get("buddy", "")
    return _answer(
        _("Your buddy sees that you named them."), lambda: debriefs.name_buddy(wanted, actor=actor, now=utcnow())
    )


@bp.post("/duty/talks/<talk>")
@staff("duty.own")
def talked(talk: str) -> Answer:
    """Note that two people have talked."""
    actor = the_actor()
    return _answer(_("Thank you for being there."), lambda: debriefs.done(talk, actor=actor, now=utcnow()))


# ── Rota ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/duty/shifts")
@staff("duty.own")
def add_shift() -> Answer:
    """Plan to be on."""
    actor, form = the_actor(), read_form("day", "time", "hours")
    count_action(actor)

    def plan() -> None:
        starts_at, hours = _times(form)
        rota.add(actor=actor, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), now=utcnow())

    return _answer(_("You're down for it. Thank you."), plan, form)


def _times(form: Form) -> tuple[datetime, int]:
    try:
        at = datetime.fromisoformat(f"{form.values['day']}T{form.values['time']}").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(_("We couldn't read that day or hour."), field="day") from None
    if form.values["hours"] not in tuple("12345678"):
        raise BadInput(_("Please choose one to eight hours."), field="hours")
    return at, int(form.values["hours"])


@bp.post("/duty/shifts/<shift>/remove")
@staff("duty.own")
def remove_shift(shift: str) -> Answer:
    """Take a shift off the rota; nobody asks why."""
    actor = the_actor()
    count_action(actor)
    return _answer(_("Taken off the rota."), lambda: rota.remove(shift, actor=actor))


# ── Hand-over and calls ─────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/duty/handover/<public_id>/read")
@staff("case.claim")
def tick(public_id: str) -> Answer:
    """Note that the hand-over was read."""
    actor = the_actor()
    return _answer(_("Noted: you've read it."), lambda: handover.tick(public_id, actor=actor, now=utcnow()))


@bp.post("/duty/call-test")
@staff("duty.manage")
def try_calling() -> Response:
    """Send a call for nothing, to hear whether it arrives."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    call = paging.Call(0, paging.ADMIN_STEP)
    urls = paging.targets(call)
    is_through = bool(urls) and run_blocking(paging.deliver, call, urls, call_key(), now)
    audit.record("paging.test", actor=actor, now=now, to_state="through" if is_through else "failed")
    events.commit()
    flash(_("It got through.") if is_through else _("It didn't get through. Please check the addresses."), "done")
    return redirect(url_for("console_duty.show"), 303)
