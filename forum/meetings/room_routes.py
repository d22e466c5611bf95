"""A session's page: its door, the room, and what comes after. Everything in the room works with plain forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError, NotFound
from forum.discussions import drafts, posting
from forum.discussions.forms import new_client_id
from forum.discussions.helping import card_of, make_card, reader_country
from forum.discussions.models import Thread
from forum.discussions.pacing import count_new
from forum.discussions.queries import card_post
from forum.helplines.pages import help_numbers
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.meetings import line, listing, offering, queries, queue, said, seats, words, zones
from forum.meetings.access import seat_for
from forum.meetings.models import LIVE, Seat, Session
from forum.meetings.presenting import line_of, talk_of
from forum.meetings.state import state_of
from forum.moderation import duty
from forum.web import limits
from forum.web.access import public

bp = Blueprint("rooms", __name__)
HAND = "!"
"""Typed alone, it raises a hand."""


@bp.get("/s/<session>")
@public
def session(session: str) -> str | tuple[str, int]:
    """Show a session: before, its door; during, the room; after, where to go next."""
    found, me = queries.get_session(session), current_member()
    seat = queries.seat_of(found, me)
    if found.status in LIVE and seat is not None and seat.out_at is None and seat.left_at is None and me is not None:
        if seats.seen(seat, utcnow()):
            events.commit()
        return _room(found, me, seat, Form(client_id=new_client_id()))
    if found.status in LIVE and seat is not None and seat.out_at is not None:
        return render_template("meetings/out.html", session=found, told=words.told("out", found.host_name))
    if found.status == "closed":
        return _after(found, me)
    return _door(found, me)


def _door(found: Session, me: Member | None, *, full: str = "", form: Form | None = None) -> str:
    now, zone = utcnow(), zones.reader_zone()
    return render_template(
        "meetings/door.html",
        session=found,
        row=listing.row_of(found, zone, now, queries.reminded_series(me)),
        card=listing.card_of(found.series, zone, f"{found.starts_at.astimezone(zone):%H:%M}"),
        talk_rule=listing.talk_rule(found.series),
        needs_norms=me is not None and not queries.has_read_norms(me),
        is_open=found.status in ("lobby", "open", "paused", "closing"),
        full=full,
        nearby=[listing.row_of(one, zone, now) for one in offering.nearby(found, now, offering.area_for(me, found))],
        form=form or Form(),
        moods=moods(),
        zone=zones.place_of(zone, now),
    )


def _after(found: Session, me: Member | None) -> str:
    now, zone = utcnow(), zones.reader_zone()
    return render_template(
        "meetings/after.html",
        session=found,
        has_left=found.status != "closed",
        area=offering.area_for(me, found),
        nearby=[listing.row_of(one, zone, now) for one in offering.nearby(found, now, offering.area_for(me, found))],
        mood=queries.mood_of(found, me),
        may_note=queries.seat_of(found, me) is not None,
        moods=moods(),
        moderators_on=duty.coverage(now),
        help_numbers=help_numbers(reader_country(), now),
    )


def moods() -> list[tuple[str, str]]:
    """Return the five words for how one feels."""
    names = {"heavy": _("Heavy"), "low": _("Low"), "so_so": _("So-so"), "steady": _("Steady"), "light": _("Light")}
    return [(key, names[key]) for key in seats.MOODS]


def _room(found: Session, me: Member, seat: Seat, form: Form, card: Any = None) -> str:
    now = utcnow()
    turn = queries.open_turn(seat)
    if card is None and found.thread is not None:
        carded = card_post(found.thread, me, now)
        card = card_of(carded, now) if carded is not None else None
    state = state_of(found, now)
    mine = next((one for one in state.queue if one.person.member == seat.public_id), None)
    speaker = queries.speaker_of(found)
    return render_template(
        "meetings/room.html",
        session=found,
        state=state,
        seat=seat,
        turn=turn,
        place=mine,
        is_speaking=turn is not None and turn.state == "speaking",
        is_quiet=seat.quiet_until is not None and seat.quiet_until > now,
        talk=talk_of(found, me, seat),
        own_nods=line.own_nods(speaker, seat),
        acts=[words.told(act.kind, found.host_name, act.detail) for act in said.acts_of(found, seat, limit=3)],
        side_room=queries.side_room_of(found, me),
        form=form,
        card=card,
        is_held=request.args.get("hold") == "1" or (turn is not None and turn.state == "speaking"),
        zone=zones.reader_zone(),
        help_numbers=help_numbers(reader_country(), now),
    )


# ── Coming and going ────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/s/<session>/join")
@member
def join(session: str) -> Response | tuple[str, int]:
    """Take a seat; the norms are acknowledged here, once."""
    found, me, now = queries.get_session(session), the_member(), utcnow()
    limits.hit("page", member=me.public_id)
    if request.form.get("norms") == "yes":
        seats.acknowledge(me, now)
    try:
        seats.join(session=found, member=me, now=now, listening=request.form.get("listen") == "yes")
        seats.note_mood(found, me, before=request.form.get("mood", ""), now=now)
        events.commit()
    except seats.Full as refusal:
        events.rollback()
        return _door(queries.get_session(session), the_member(), full=refusal.message), 409
    except seats.NormsUnread as refusal:
        events.rollback()
        form = Form(errors={"norms": refusal.message})
        return _door(queries.get_session(session), the_member(), form=form), refusal.status
    return redirect(f"/s/{found.public_id}", 303)


@bp.post("/s/<session>/leave")
@member
def leave(session: str) -> Response:
    """Leave quietly, to a page that says where to go next."""
    found, seat = _mine(session)
    seats.leave(session=found, seat=seat, now=utcnow())
    events.commit()
    return redirect(f"/s/{found.public_id}/left", 303)


@bp.get("/s/<session>/left")
@member
def left(session: str) -> Response | str:
    """Say where to go next after leaving; whoever sits in the room, or never did, is shown the meeting instead."""
    found, me = queries.get_session(session), the_member()
    seat = queries.seat_of(found, me)
    if found.status not in LIVE or seat is None or seat.left_at is None or seat.out_at is not None:
        return redirect(f"/s/{found.public_id}", 303)
    return _after(found, me)


def _mine(session: str) -> tuple[Session, Seat]:
    found = queries.get_session(session)
    return found, seat_for(found, the_member())


@bp.post("/s/<session>/mood")
@member
def mood(session: str) -> Response:
    """Note how one feels, for oneself, or forget it."""
    found, me = queries.get_session(session), the_member()
    if request.form.get("forget"):
        seats.forget_mood(found, me)
    elif queries.mood_of(found, me) is not None or queries.seat_of(found, me) is not None:
        seats.note_mood(found, me, after=request.form.get("mood", ""), now=utcnow())
    events.commit()
    return redirect(f"/s/{found.public_id}/left", 303)


# ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/s/<session>/hand")
@member
def hand(session: str) -> Response:
    """Raise a hand, put it down, or pass."""
    found, seat = _mine(session)
    now = utcnow()
    if request.form.get("up") == "yes":
        queue.raise_hand(session=found, seat=seat, now=now)
    else:
        queue.lower_hand(session=found, seat=seat, now=now)
    return _changed(found)


@bp.post("/s/<session>/done")
@member
def done(session: str) -> Response:
    """End one's own share."""
    found, seat = _mine(session)
    queue.done(session=found, seat=seat, now=utcnow())
    return _changed(found)


@bp.post("/s/<session>/nod")
@member
def nod(session: str) -> Response:
    """Nod at whoever is sharing."""
    found, seat = _mine(session)
    queue.nod(session=found, seat=seat, kind=request.form.get("kind", ""), now=utcnow())
    return _changed(found)


def _changed(found: Session) -> Response:
    events.commit()
    return redirect(f"/s/{found.public_id}", 303)


@bp.post("/s/<session>/say")
@member
def say(session: str) -> Response | tuple[str, int]:
    """Say something: a line of one's share, or a room note."""
    found, seat = _mine(session)
    if request.form.get("body", "").strip() == HAND:
        queue.raise_hand(session=found, seat=seat, now=utcnow())
        return _changed(found)
    if found.thread is None:
        raise NotFound

    def again(form: Form, card: Any) -> str:
        fresh, mine = _mine(session)
        return _room(fresh, the_member(), mine, form, card)

    refused = post_from_form(found.thread, again)
    return refused or redirect(f"/s/{found.public_id}?hold=1#say", 303)


def post_from_form(thread: Thread, again: Callable[[Form, Any], str]) -> tuple[str, int] | None:
    """Post what a form holds; return the page with the typed text in it where it is refused."""
    me, now = the_member(), utcnow()
    form = Form({"body": request.form.get("body", "")}, client_id=request.form.get("client_id", "").strip())
    draft = drafts.read_draft(request.form.get("body"), form.client_id)

    def count() -> None:
        count_new("chat", me, now)

    try:
        posting.reply(draft, author=me, thread=thread, now=now, count=count)
    except ForumError as refusal:
        form.errors[refusal.field or "form"] = refusal.message
        if refusal.status == 409 or not form.client_id:
            form.client_id = new_client_id()
        card = make_card(getattr(refusal, "support_level", 0), getattr(refusal, "categories", ()), "refused", now)
        return again(form, card), refusal.status
    return None


# ── Side room ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/s/<session>/side", methods=["GET", "POST"])
@member
def side(session: str) -> Response | str | tuple[str, int]:
    """Talk with two of the team, in a quiet room."""
    found, me = queries.get_session(session), the_member()
    room = queries.side_room_of(found, me)
    if room is None or room.thread is None:
        raise NotFound
    thread = room.thread

    def page(form: Form, card: Any = None) -> str:
        posts = said.lines_of_thread(thread.id, me)
        return render_template(
            "meetings/side.html",
            session=found,
            lines=[line_of(post, me, "", []) for post in posts],
            form=form,
            card=card,
            help_numbers=help_numbers(reader_country(), utcnow()),
        )

    if request.method == "GET":
        return page(Form(client_id=new_client_id()))
    return post_from_form(thread, page) or redirect(f"/s/{found.public_id}/side", 303)
