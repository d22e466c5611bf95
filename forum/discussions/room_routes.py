"""Pages of rooms: the list of an area, one room with its threads, the door in front of some, and going quietly."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template, request

from forum.belonging.reading import home_of
from forum.boundaries.reading import Boundaries, boundaries_of
from forum.core.clock import utcnow
from forum.core.paging import make_cursor
from forum.discussions import areas, listing, queries
from forum.discussions.areas import Area
from forum.discussions.helping import next_on_words
from forum.discussions.models import Room, Thread
from forum.discussions.next_meeting import next_meeting
from forum.discussions.presenting import NO_FIGURES, room_view, thread_row
from forum.discussions.rooming import NIGHT_ROOMS, is_night, room_home
from forum.discussions.seeding import group_names
from forum.identity.access import member
from forum.identity.login import current_member
from forum.moderation import duty
from forum.web.access import public

bp = Blueprint("places", __name__)
WAITING_SHOWN = 6


@bp.get("/rooms")
@public
def rooms() -> str:
    """List the rooms of one area: those for oneself, or those for people who love somebody.

    Neither shows the other's threads; `?view=waiting` lists what nobody has answered yet.
    """
    me, now = current_member(), utcnow()
    figures, reader = queries.room_figures(now), boundaries_of(me)
    everything, area = queries.list_rooms(), areas.choose(request.args.get("area", ""), me)
    here = [room for room in everything if areas.is_in(room, area)]
    shown = [room for room in here if room.id not in reader.rooms]
    views = {room.id: room_view(room, figures.get(room.id, NO_FIGURES)) for room in here}
    home, is_waiting = views.get(home_of(me) or 0), request.args.get("view") == "waiting"
    out_of = queries.rooms_shut(me) | areas.outside(everything, area)
    limit = listing.PAGE_THREADS if is_waiting else WAITING_SHOWN
    return render_template(
        "discussions/rooms.html",
        rooms=[views[room.id] for room in shown],
        home=home,
        area=area,
        view="waiting" if is_waiting else "rooms",
        is_apart=areas.said_area(me) not in (area, None),
        night=views.get(_night_room(here, area, now)),
        meeting=next_meeting(now, area),
        group_names=group_names(),
        muted_rooms=len(reader.rooms),
        waiting=[thread_row(one) for one in listed(listing.list_waiting(limit, reader, out_of), reader)],
        waiting_count=sum(view.waiting_count for key, view in views.items() if key not in out_of | reader.rooms),
        **who_is_on(now),
    )


def who_is_on(now: datetime) -> dict[str, object]:
    """Return how many moderators are on, and when the next one means to come where nobody is."""
    on = duty.coverage(now)
    return {"moderators_on": on, "next_on": "" if on else next_on_words(now)}


def _night_room(here: list[Room], area: Area, now: datetime) -> int:
    """Return the key of the area's night room while it is late where the reader's clock is; 0 by day."""
    late = is_night(now, request.cookies.get("zone", ""))
    return next((room.id for room in here if room.key == NIGHT_ROOMS[area] and late), 0)


@bp.get("/r/<room>")
@public
def room(room: str) -> str:
    """List a room's threads."""
    found, me = queries.get_room(room), current_member()
    if not queries.may_enter(me, found):
        return door_page(found)
    view = "waiting" if request.args.get("view") == "waiting" else "latest"
    reader = boundaries_of(me)
    threads, more = listing.list_threads(
        found, waiting=view == "waiting", before=request.args.get("before"), reader=reader
    )
    last = threads[-1] if threads and more else None
    now = utcnow()
    place = room_home(found, me, now)
    return render_template(
        "discussions/room.html",
        room=room_view(found, queries.room_figures(now, found).get(found.id, NO_FIGURES)),
        threads=[thread_row(thread) for thread in listed(threads, reader) if thread.public_id != place.today],
        is_muted=found.id in reader.rooms,
        home=place,
        view=view,
        older=make_cursor(last.bumped_at, last.id) if last else None,
        **who_is_on(now),
    )


def door_page(room: Room, thread: str = "") -> str:
    """Show the door of a room: of its area, or its own. `thread` is where saying so leads."""
    is_area = areas.is_apart(current_member(), room)
    return render_template("discussions/door.html", room=room_view(room), is_area=is_area, thread=thread)


def listed(threads: list[Thread], reader: Boundaries) -> list[Thread]:
    """Leave out threads named with a word this reader wants out of sight."""
    return [t for t in threads if not reader.word_in(t.title, t.content_note, effects=("hide",))]


@bp.get("/left")
@member
def left() -> str:
    """Say where to go after leaving a room quietly."""
    now, area = utcnow(), areas.first_area(current_member())
    return render_template("discussions/left.html", area=area, meeting=next_meeting(now, area), **who_is_on(now))
