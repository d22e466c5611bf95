"""The facilitator's desk: the timetable they keep, and the room they hold. Every act works with plain forms."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, ForumError, NotFound
from forum.core.text import clean_text, one_line
from forum.discussions.forms import new_client_id
from forum.identity.access import staff, the_staff
from forum.identity.forms import Form
from forum.identity.roles import may
from forum.meetings import asides, controls, keeping, listing, queries, said, timetable, zones
from forum.meetings.access import ANY_ROOM, can_take_over, require_keeper
from forum.meetings.broadcast import alarm_html
from forum.meetings.desk_acts import ACTS
from forum.meetings.models import LIVE, Session, SideRoom
from forum.meetings.presenting import asked_view, line_of, talk_of
from forum.meetings.recurrence import to_utc
from forum.meetings.sockets import actor_of
from forum.meetings.state import state_of
from forum.meetings.words import act_line
from forum.moderation.actors import Actor
from forum.moderation.reasons import reasons
from forum.web import limits

bp = Blueprint("meeting_desk", __name__, url_prefix="/mod/meetings")
DAYS = 14


def _actor() -> Actor:
    return actor_of(the_staff())


def _held(session: str) -> Session:
    """Return a session this person may hold.

    Raises:
        NotFound: absent, or somebody else's.
    """
    found = queries.get_session(session)
    require_keeper(found, _actor())
    return found


@bp.get("")
@staff("meeting.run")
def index() -> str:
    """List what is on, what comes, and the series."""
    now, actor, zone = utcnow(), _actor(), zones.reader_zone()
    rows = [
        (listing.row_of(one, zone, now), _may_hold(one, actor), can_take_over(one, now))
        for one in queries.list_sessions(now - timedelta(hours=1), now + timedelta(days=DAYS))
    ]
    return render_template(
        "meetings/desk/index.html",
        live=[row for row in rows if row[0].is_live],
        coming=[row for row in rows if not row[0].is_live],
        series=queries.list_series(running_only=False),
        can_pause_all=may(actor.role, ANY_ROOM),
    )


def _may_hold(session: Session, actor: Actor) -> bool:
    try:
        require_keeper(session, actor)
    except NotFound:
        return False
    return True


@bp.post("/pause-all")
@staff("meeting.run")
def pause_all() -> Response:
    """Pause every open room at once; for moderators.

    Raises:
        NotFound: a facilitator, who acts in their own meetings only.
    """
    actor, now = _actor(), utcnow()
    if not may(actor.role, ANY_ROOM):
        raise NotFound
    for session in queries.list_sessions(now, now):
        if session.status in LIVE:
            controls.pause(session=session, actor=actor, now=now, kind="team")
    events.commit()
    return redirect("/mod/meetings", 303)


@bp.post("/<session>/take")
@staff("meeting.run")
def take(session: str) -> Response:
    """Hold a meeting whose host isn't there.

    Raises:
        NotFound: its host is there, or it is not yet time.
    """
    found, now, me = queries.get_session(session), utcnow(), the_staff()
    if not can_take_over(found, now):
        raise NotFound
    keeping.make_host(session=found, staff=me, name=found.host_name or _("A volunteer"), actor=_actor(), now=now)
    keeping.heartbeat(found, me, now)
    events.commit()
    return redirect(f"/mod/meetings/{found.public_id}", 303)


# ── The room ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/<session>")
@staff("meeting.run")
def desk(session: str) -> str:
    """Show a session's desk; loading it tells the room that somebody of the team is there."""
    found = _held(session)
    if found.status in LIVE:
        keeping.heartbeat(found, the_staff(), utcnow())
        events.commit()
    return _desk(queries.get_session(session), Form(client_id=new_client_id()))


def _desk(found: Session, form: Form) -> str:
    now, live = utcnow(), found.status in LIVE
    side_rooms = db.session.query(SideRoom).filter_by(session_id=found.id, closed_at=None).all()
    return render_template(
        "meetings/desk/session.html",
        session=found,
        state=state_of(found, now),
        talk=talk_of(found, None, None, for_team=True) if live else None,
        lines=[line_of(post, None, found.host_name, []) for post in said.lines_of(found, limit=30)[::-1]]
        if live
        else [],
        keepers=[(one.staff.name, one.role, keeping.is_there(one, now)) for one in queries.list_keepers(found)],
        helpers=[one for one in keeping.list_helpers() if one.id != the_staff().id],
        reasons=list(reasons().values()),
        alarms=[Markup(alarm_html(found, post)) for post in said.alarms(found)] if live else [],  # noqa: S704
        people=queries.list_here(found, now, and_asked_out=True),
        acts=[(act.at, act_line(act, found.host_name) or _plain(act.kind)) for act in said.acts_of(found)],
        hold=request.args.get("hold") == "1",
        side_rooms=[(room, _handle(room)) for room in side_rooms],
        questions=[asked_view(one) for one in asides.questions_for_host(found.series) if asides.is_waiting(one)],
        may_host=found.host_id == the_staff().id,
        form=form,
    )


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _handle(room: SideRoom) -> str:
    from forum.identity.models import Member

    member = db.session.get(Member, room.member_id)
    return member.handle if member else ""


@bp.post("/<session>/act")
@staff("meeting.run")
def act(session: str) -> Response | tuple[str, int]:
    """Do one thing in the room."""
    found, now = _held(session), utcnow()
    limits.hit("page", member=the_staff().public_id)
    wanted = ACTS.get(request.form.get("do", ""))
    try:
        if wanted is None:
            raise BadInput("We don't know that.", field="form")
        keeping.heartbeat(found, the_staff(), now)
        wanted(found, _actor(), now)
        events.commit()
    except ForumError as refusal:
        events.rollback()
        form = Form(errors={"form": refusal.message}, client_id=new_client_id())
        return _desk(_held(session), form), refusal.status
    return redirect(f"/mod/meetings/{found.public_id}", 303)


@bp.post("/<session>/say")
@staff("meeting.run")
def say(session: str) -> Response | tuple[str, int]:
    """Say something to everybody as the host."""
    found, now = _held(session), utcnow()
    body, client_id = request.form.get("body", ""), request.form.get("client_id", "").strip() or new_client_id()
    try:
        keeping.speak(session=found, staff=the_staff(), body=body, client_id=client_id[:64], now=now)
        keeping.heartbeat(found, the_staff(), now)
        events.commit()
    except ForumError as refusal:
        events.rollback()
        form = Form({"body": body}, {refusal.field or "form": refusal.message}, new_client_id())
        return _desk(_held(session), form), refusal.status
    return redirect(f"/mod/meetings/{found.public_id}", 303)


@bp.post("/<session>/note")
@staff("meeting.run")
def note_for_next(session: str) -> Response:
    """Leave a note for whoever holds the next session."""
    found = _held(session)
    found.series.next_host_note = clean_text(request.form.get("note", ""))[:2000]
    events.commit()
    return redirect(f"/mod/meetings/{found.public_id}", 303)


@bp.post("/<session>/plan")
@staff("meeting.run")
def plan(session: str) -> Response | tuple[str, int]:
    """Cancel or move one session."""
    found, now = _held(session), utcnow()
    try:
        if request.form.get("do") == "cancel":
            why = one_line(request.form.get("why", ""))
            timetable.cancel(session=found, why=why, actor=_actor(), now=now)
        else:
            timetable.move(session=found, starts_at=_local_moment(found), actor=_actor(), now=now)
        events.commit()
    except ForumError as refusal:
        events.rollback()
        return _desk(_held(session), Form(errors={refusal.field or "form": refusal.message})), refusal.status
    return redirect(f"/mod/meetings/{found.public_id}", 303)


def _local_moment(found: Session) -> datetime:
    try:
        local = datetime.strptime(request.form.get("starts_at", "").strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007
    except ValueError as problem:
        raise BadInput("A time looks like 2026-12-01 19:30.", field="starts_at") from problem
    return to_utc(local, found.series.zone)


@bp.route("/<session>/side/<int:room>", methods=["GET", "POST"])
@staff("meeting.run")
def side(session: str, room: int) -> Response | str | tuple[str, int]:
    """Talk in a side room, as one of two of the team."""
    found, now = _held(session), utcnow()
    row = db.session.get(SideRoom, room)
    if row is None or row.session_id != found.id or row.thread is None:
        raise NotFound
    form = Form(client_id=new_client_id())
    if request.method == "POST":
        if request.form.get("close"):
            keeping.close_side_room(session=found, room=row, actor=_actor(), now=now)
        else:
            body, client_id = request.form.get("body", ""), request.form.get("client_id", "").strip()
            keeping.answer_in_side_room(room=row, staff=the_staff(), body=body, client_id=client_id, now=now)
        events.commit()
        return redirect(f"/mod/meetings/{found.public_id}/side/{row.id}", 303)
    lines = [line_of(post, None, "", []) for post in said.lines_of_thread(row.thread.id, None)]
    return render_template(
        "meetings/desk/side.html", session=found, room=row, handle=_handle(row), lines=lines, form=form
    )
