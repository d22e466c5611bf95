"""The queue: lists by tab, on duty, look in on, promises that are due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from forum.console import emergency_routes
from forum.console.actor import count_action, the_actor
from forum.console.lines import duration, lines_of
from forum.console.lookins import looks_of
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import NotFound
from forum.discussions.models import Room
from forum.identity.access import staff
from forum.identity.login import current_staff
from forum.identity.roles import Permission, may
from forum.moderation import (
    blind,
    care,
    changes,
    counters,
    debriefs,
    duty,
    followups,
    handover,
    intake,
    learning,
    queue,
    routing,
    settings,
)
from forum.moderation.actors import Actor
from forum.moderation.models import Case, Decision

bp = Blueprint("console", __name__, url_prefix="/mod")
CARE = "care_said_until"
LATELY = timedelta(days=2)


def staff_links() -> dict[str, Any]:
    """Return the console's menu for whoever is signed in at the desk."""
    if not request or not request.path.startswith("/mod"):
        return {}
    person = current_staff()
    links = [("queue", "/mod/", _("Queue"), "inbox")] if person is None or may(person.role, "queue.read") else []
    if person is not None:
        links.append(("duty", "/mod/duty", _("Duty"), "calendar-clock"))
        links.append(("training", "/mod/training", _("Training"), "book-open"))
    if person is not None and may(person.role, "meeting.run"):
        links.append(("meetings", "/mod/meetings", _("Meetings"), "armchair"))
    if person is not None and may(person.role, "audit.read"):
        links.append(("record", "/mod/audit", _("Record"), "book-open"))
    if person is not None and may(person.role, "staff.read"):
        links.append(("team", "/mod/staff", _("Team"), "users"))
    if person is not None and may(person.role, "dashboard.team"):
        links.append(("figures", "/mod/dashboard", _("Figures"), "chart-column"))
    editable = edit_links(person.role) if person is not None else []
    if editable:
        links.append(("settings", editable[0][0], _("Settings"), "scale"))
    if person is not None:
        links.append(("account", "/mod/account", _("My account"), "key-round"))
    found: dict[str, Any] = {"mod_links": links, "edit_links": editable}
    if person is not None and may(person.role, "queue.read"):
        found |= {"danger": emergency_routes.danger, "rings": emergency_routes.rings()}
    return found


def edit_links(role: str) -> list[tuple[str, str]]:
    """Return (address, words) of what a role may edit of the site."""
    pages: list[tuple[Permission, str, str]] = [
        ("settings.change", "/mod/settings", _("Limits and deadlines")),
        ("rooms.change", "/mod/rooms", _("Rooms")),
        ("helplines.change", "/mod/helplines", _("Helplines")),
        ("messages.change", "/mod/messages", _("Messages of support")),
        ("rules.change", "/mod/rules", _("House rules")),
    ]
    return [(address, words) for permission, address, words in pages if may(role, permission)]


def tab_names() -> dict[queue.Tab, str]:
    """Return the tabs in the reader's language, in order."""
    return {
        "read": _("To read"),
        "safety": _("Safety"),
        "reported": _("Reported"),
        "held": _("Held"),
        "first": _("First posts"),
        "appeals": _("Appeals"),
        "look": _("Look in on"),
        "mine": _("Mine"),
    }


@bp.get("/")
@staff("queue.read")
def index() -> str:
    """Show what there is to read, most pressing first."""
    actor, now = the_actor(), utcnow()
    duty.heartbeat(staff_id=actor.staff_id, now=now)
    tab = _tab()
    is_list = tab not in ("appeals", "look")
    after = queue.Cursor.parse(request.args.get("after", ""))
    lane, room = chosen_filters()
    only = [*([Case.lane == lane] if lane is not None else []), *([Case.room_id == room.id] if room else [])]
    aside = routing.aside(actor, now)
    shows_all = request.args.get("all") == "yes"
    stay = [] if shows_all or tab == "mine" else aside.only
    page = (
        queue.list_cases(tab, actor=actor, now=now, after=after, only=[*only, *stay])
        if is_list
        else queue.Page((), None)
    )
    shown = render_template(
        "console/queue.html",
        can_decide=may(actor.role, "case.decide"),
        tab=tab,
        tabs=tab_names(),
        counts=queue.counts(actor=actor, now=now, only=stay),
        aside=queue.count(actor=actor, only=[or_(*aside.conditions)]) if aside.conditions else 0,
        shows_all=shows_all,
        lines=lines_of(page.cases, actor=actor, now=now),
        next=page.next,
        lane=lane,
        room=room.public_id if room else "",
        rooms=rooms_to_choose(),
        appeals=queue.list_appeals(actor=actor) if tab == "appeals" else [],
        looks=looks_of(queue.list_look_ins()) if tab == "look" else [],
        due=followups.list_due(now),
        on_duty=duty.list_on(now),
        is_on=duty.is_on(actor.staff_id, now),
        my_id=actor.staff_id,
        undo=_undoable(actor, now),
        handovers=len(handover.unread_for(actor.staff_id, now)),
        **_about_me(actor, now),
        seq=counters.newest_event_number(),
        duration=lambda since: duration(now, since),
    )
    events.commit()  # the heartbeat
    return shown


def _about_me(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the queue says to one person: how much they have carried, who would like to talk, what waits."""
    is_admin = may(actor.role, "staff.role")
    return {
        "care": care.of(actor.staff_id, now),
        "care_said": _care_said(now),
        "talks": debriefs.waiting_for(actor, now),
        "day_after": debriefs.is_the_day_after(actor.staff_id, now),
        "again": blind.count_for(actor) if may(actor.role, "case.decide") else 0,
        "accounts": changes.of_accounts(now, since=LATELY, besides=actor.staff_id) if is_admin else [],
        "needs_training": learning.needs_training(actor, now),
    }


def _care_said(now: datetime) -> bool:
    """Tell whether somebody has said "I'm all right, go on"; it holds as long as the gap after an emergency."""
    if request.args.get("care") == "on":
        session[CARE] = (now + timedelta(minutes=settings.t0_gap_minutes())).isoformat()
    said = str(session.get(CARE, ""))
    return bool(said) and said > now.isoformat()


def rooms_to_choose() -> list[tuple[str, str]]:
    """Return (public id, name) of every room."""
    return [(room.public_id, room.name) for room in db.session.scalars(select(Room).order_by(Room.position))]


def chosen_filters() -> tuple[int | None, Room | None]:
    """Return the lane and room the list is narrowed to; what makes no sense is ignored."""
    lane, room = request.args.get("lane", ""), request.args.get("room", "")
    found = db.session.scalar(select(Room).where(Room.public_id == room)) if room else None
    return int(lane) if lane in tuple("01234") else None, found


def _tab() -> queue.Tab:
    wanted = request.args.get("tab", "read")
    return wanted if wanted in queue.TABS else "read"


def _undoable(actor: Actor, now: datetime) -> str:
    """Return the decision just made, as long as its undo is offered; the decider's own, and only theirs."""
    wanted = request.args.get("done", "")
    if not wanted:
        return ""
    found = db.session.scalar(
        select(Decision.public_id).where(
            Decision.public_id == wanted,
            Decision.decided_by_id == actor.staff_id,
            Decision.reversed_at.is_(None),
            Decision.action.not_in(("support", "restore")),
            Decision.decided_at > now - timedelta(seconds=settings.undo_seconds()),
        )
    )
    return found or ""


@bp.post("/followups/done")
@staff("case.claim")
def followup_done() -> Response:
    """Note that a promise to look back was kept."""
    actor = the_actor()
    count_action(actor)
    if followups.keep_promise(_number(), actor=actor, now=utcnow()):
        flash(_("Noted: you looked back."), "done")
    events.commit()
    return redirect(url_for("console.index"), 303)


@bp.post("/look-in/done")
@staff("case.claim")
def looked_in() -> Response:
    """Note that somebody looked in on a quiet worry."""
    actor = the_actor()
    count_action(actor)
    intake.done_looking(_number(), staff_id=actor.staff_id, now=utcnow())
    events.commit()
    flash(_("Thank you for looking in."), "done")
    return redirect(url_for("console.index", tab="look"), 303)


def _number() -> int:
    """Return the row a form speaks of; numbers that count do not stand in addresses."""
    text = request.form.get("number", "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound()
    return int(text)
