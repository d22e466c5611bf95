"""After a commit: tell the browsers in a room, at its desk, and the one person something concerns."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, get_template_attribute, has_request_context
from flask_babel import get_locale
from flask_babel import gettext as _

from forum.boundaries.reading import NOTHING, Boundaries
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.events import subscribe
from forum.discussions.broadcast import own_channel
from forum.discussions.events import PostStateChanged
from forum.discussions.models import Post
from forum.identity.models import Member
from forum.meetings import line, queries, said, words
from forum.meetings.aside_models import Question
from forum.meetings.channels import desk_channel, room_channel
from forum.meetings.events import (
    DoorsOpened,
    LineReturned,
    NodsChanged,
    QuestionAnswered,
    QuestionAsked,
    SeatTold,
    SessionChanged,
)
from forum.meetings.models import Seat, Session, Turn
from forum.meetings.presenting import asked_view, line_of
from forum.meetings.state import RoomState, state_of
from forum.realtime.channels import member_channel, thread_channel
from forum.realtime.server import NAMESPACE_LIVE, is_open, socketio
from forum.web.current import config

ALARM_LEVEL = 3
PARTS = "meetings/_parts.html"


def render(name: str, *args: Any) -> str:
    """Render one macro of the room; the scheduler has no request, so one is made up for addresses of static files."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if has_request_context():
        return str(get_template_attribute(PARTS, name)(*args))
    with app.test_request_context("/", base_url=config().origins[0]):
        return str(get_template_attribute(PARTS, name)(*args))


_parts: dict[tuple[str, bool, str], tuple[tuple[int, int | None], dict[str, str]]] = {}
"""By room, desk and language: what was rendered last, and for which revision and second of the share."""
MOST_ROOMS = 200


def state_payload(state: RoomState, *, for_desk: bool = False) -> dict[str, Any]:
    """Return the state with the parts of the page that show it; rendered once, however many people come in."""
    key, stands = (state.session.public_id, for_desk, str(get_locale())), (state.session.rev, state.seconds_left)
    kept = _parts.get(key)
    if kept is None or kept[0] != stands:
        if len(_parts) >= MOST_ROOMS:
            _parts.clear()
        kept = _parts[key] = (stands, _rendered(state, for_desk))
    return {**state.as_json(), "html": kept[1]}


def _rendered(state: RoomState, for_desk: bool) -> dict[str, str]:
    """Render the parts of the page that show the state, by the page's own macros."""
    return {
        "stage": render("stage_head", state),
        "queue": render("queue_items", state, for_desk),
        "circle": render("circle", state),
        "agenda": render("agenda_items", state),
        "said": render("said_item", state.happened) if state.happened else "",
    }


def post_fragment(post: Post, member: Member | None, reader: Boundaries = NOTHING) -> str:
    """Render one line for everybody (no member) or for its author, folded where a reader asked for it."""
    session = queries.session_of_thread(post.thread_id)
    turns = line.turns_at(session, post.author_id, post.created_at) if session is not None else []
    return render("line_item", line_of(post, member, session.host_name if session else "", turns, reader))


@subscribe(SessionChanged)
def tell_room(fact: SessionChanged) -> None:
    """Send a room's state to everybody in it."""
    if not is_open():
        return
    session = db.session.get(Session, fact.session_id, populate_existing=True)
    if session is None:
        return
    state = state_of(session, utcnow())
    _emit("meeting:state", state_payload(state), room_channel(session.public_id))
    _emit("meeting:state", state_payload(state, for_desk=True), desk_channel(session.public_id))


@subscribe(NodsChanged)
def tell_nods(fact: NodsChanged) -> None:
    """Send the nods of the running share."""
    session, turn = db.session.get(Session, fact.session_id), db.session.get(Turn, fact.turn_id)
    if not is_open() or session is None or turn is None:
        return
    payload = {"session": session.public_id, "turn": turn.id, "nods": line.nods_of(turn)}
    _emit("meeting:nods", payload, room_channel(session.public_id))
    _emit("meeting:nods", payload, desk_channel(session.public_id))


@subscribe(SeatTold)
def tell_person(fact: SeatTold) -> None:
    """Tell one person what concerns them alone."""
    session, seat = db.session.get(Session, fact.session_id), db.session.get(Seat, fact.seat_id)
    if not is_open() or session is None or seat is None:
        return
    detail = "" if fact.kind == "whisper" else fact.detail
    payload = {
        "session": session.public_id,
        "kind": fact.kind,
        "message": words.told(fact.kind, session.host_name, detail),
        "html": _whispered(fact, session, seat),
    }
    _emit("meeting:told", payload, member_channel(seat.member.public_id))
    if fact.kind == "out":
        hear_no_more(session, seat.member)


def hear_no_more(session: Session, member: Member) -> None:
    """Take a member's open pages out of a room's channels: what is said after they left is not sent to them."""
    channels = [room_channel(session.public_id)]
    if session.thread is not None:
        channels += [thread_channel(session.thread.public_id), own_channel(session.thread.public_id)]
    own = member_channel(member.public_id)
    for sid, _engine in list(socketio.server.manager.get_participants(NAMESPACE_LIVE, own)):
        for channel in channels:
            socketio.server.leave_room(sid, channel, namespace=NAMESPACE_LIVE)


def _whispered(fact: SeatTold, session: Session, seat: Seat) -> str:
    if fact.kind != "whisper":
        return ""
    post = db.session.query(Post).filter_by(public_id=fact.detail).one_or_none()
    return render("line_item", line_of(post, seat.member, session.host_name, [])) if post is not None else ""


@subscribe(LineReturned)
def hand_back(fact: LineReturned) -> None:
    """Give an author their unsent words back."""
    session, post = db.session.get(Session, fact.session_id), db.session.get(Post, fact.post_id)
    if not is_open() or session is None or post is None or post.author is None:
        return
    payload = {
        "session": session.public_id,
        "post": post.public_id,
        "body": post.body,
        "message": _("This wasn’t shown: nobody could read it in time. Here are your words."),
    }
    _emit("meeting:returned", payload, member_channel(post.author.public_id))


@subscribe(PostStateChanged)
def alarm_team(fact: PostStateChanged) -> None:
    """Show those who hold the room that somebody in it may be in danger, with the ten lines before."""
    post = db.session.get(Post, fact.post_id)
    if not is_open() or post is None or post.support_level < ALARM_LEVEL or post.author_id is None:
        return
    session = queries.session_of_thread(post.thread_id)
    if session is None:
        return
    payload = {"session": session.public_id, "post": post.public_id, "html": alarm_html(session, post)}
    _emit("meeting:alert", payload, desk_channel(session.public_id))


def alarm_html(session: Session, post: Post) -> str:
    """Render an alarm with the last ten lines."""
    before = [line_of(one, None, session.host_name, []) for one in said.last_lines(session, post.id)]
    handle = post.author.handle if post.author else ""
    return render("alarm_item", session, post, handle, before)


@subscribe(QuestionAsked)
def show_question(fact: QuestionAsked) -> None:
    """Show a quiet question at the desks of this series that are open."""
    question = db.session.get(Question, fact.question_id)
    if not is_open() or question is None:
        return
    asked = asked_view(question)
    for session in queries.live_sessions(question.series_id):
        next_page = f"/mod/meetings/{session.public_id}"
        html = render("question_item", question.series.public_id, asked, next_page, asked.client_id)
        payload = {"session": session.public_id, "question": asked.public_id, "html": html}
        _emit("meeting:asked", payload, desk_channel(session.public_id))


@subscribe(QuestionAnswered)
def tell_answered(fact: QuestionAnswered) -> None:
    """Tell somebody who is in the room that the host answered what they asked quietly."""
    question = db.session.get(Question, fact.question_id)
    member = db.session.get(Member, question.member_id) if question is not None else None
    if not is_open() or question is None or member is None:
        return
    for session in queries.live_sessions(question.series_id):
        message = _("The host answered what you asked quietly. You can read it on the meeting’s card.")
        payload = {"session": session.public_id, "kind": "answer", "message": message, "html": ""}
        _emit("meeting:told", payload, member_channel(member.public_id))


@subscribe(DoorsOpened)
def remind(fact: DoorsOpened) -> None:
    """Tell those who asked that the doors are open, on whatever page they have open."""
    session = db.session.get(Session, fact.session_id)
    if not is_open() or session is None:
        return
    for member_id in fact.member_ids:
        member = db.session.get(Member, member_id)
        if member is not None:
            payload = {"session": session.public_id, "url": f"/s/{session.public_id}", "name": session.series.name}
            _emit("meeting:reminder", payload, member_channel(member.public_id))


def _emit(event: str, payload: dict[str, Any], channel: str) -> None:
    socketio.emit(event, payload, to=channel, namespace=NAMESPACE_LIVE)
