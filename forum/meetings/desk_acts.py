"""What the buttons of the desk do, by name. Each reads its own fields of the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import request
from flask_babel import gettext as _

from forum.core.errors import BadInput
from forum.core.events import announce
from forum.core.text import clean_text, one_line
from forum.identity.access import the_staff
from forum.meetings import controls, keeping, queries, queue, seats
from forum.meetings.events import SeatTold
from forum.meetings.models import Seat, Session
from forum.moderation.actors import Actor

Act = Callable[[Session, Actor, datetime], object]


def _seat(session: Session) -> Seat:
    return queries.find_seat(session, request.form.get("member", ""))


def _number(name: str) -> int:
    value = request.form.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise BadInput("Please write a whole number.", field=name)
    return int(value)


def _call(s: Session, a: Actor, now: datetime) -> object:
    wanted = request.form.get("member", "")
    return queue.call(session=s, seat=queries.find_seat(s, wanted) if wanted else None, actor=a, now=now)


def _nudge(s: Session, _a: Actor, _now: datetime) -> None:
    turn = queries.speaker_of(s)
    if turn is not None:
        announce(SeatTold(s.id, turn.seat_id, "nudge"))


def _welcome(s: Session, a: Actor, now: datetime) -> object:
    seat = _seat(s)
    words = clean_text(request.form.get("words", "")) or _(
        "Welcome. It’s good that you came. You don’t have to say anything; I’m here if you want to ask something."
    )
    return keeping.whisper(session=s, seat=seat, staff=the_staff(), body=words, actor=a, now=now)


def _time_out(minutes: int | None) -> Act:
    def act(s: Session, a: Actor, now: datetime) -> None:
        seat = _seat(s)
        why = one_line(request.form.get("words", ""))[:300]
        seats.time_out(session=s, seat=seat, minutes=minutes, actor=a, now=now, why=why)

    return act


def _back(s: Session, a: Actor, now: datetime) -> None:
    seat = _seat(s)
    seats.welcome_back(session=s, seat=seat, actor=a, now=now)


def _side(s: Session, a: Actor, now: datetime) -> object:
    seat = _seat(s)
    return keeping.open_side_room(session=s, seat=seat, second=None, actor=a, now=now)


def _cohost(s: Session, a: Actor, now: datetime) -> None:
    helper = keeping.find_helper(request.form.get("staff", ""))
    keeping.add_cohost(session=s, staff=helper, actor=a, now=now)


def _hand_over(s: Session, a: Actor, now: datetime) -> None:
    helper = keeping.find_helper(request.form.get("staff", ""))
    name = one_line(request.form.get("host_name", ""))
    keeping.make_host(session=s, staff=helper, name=name, actor=a, now=now)


def _remove(s: Session, a: Actor, now: datetime) -> object:
    post, reason = request.form.get("post", ""), request.form.get("reason", "")
    return keeping.remove(session=s, post_id=post, reason=reason, actor=a, now=now)


ACTS: dict[str, Act] = {
    "call": _call,
    "thank": lambda s, a, now: queue.thank(session=s, actor=a, now=now),
    "extend": lambda s, a, now: queue.extend(session=s, actor=a, now=now),
    "nudge": _nudge,
    "pause": lambda s, a, now: controls.pause(session=s, actor=a, now=now),
    "resume": lambda s, a, now: controls.resume(session=s, actor=a, now=now),
    "step": lambda s, a, now: controls.set_step(session=s, number=_number("n"), actor=a, now=now),
    "slow": lambda s, a, now: controls.set_slow(session=s, seconds=_number("seconds"), actor=a, now=now),
    "mode": lambda s, a, now: controls.set_mode(session=s, mode=request.form.get("mode", ""), actor=a, now=now),
    "lock": lambda s, a, now: controls.set_door(session=s, locked=True, actor=a, now=now),
    "unlock": lambda s, a, now: controls.set_door(session=s, locked=False, actor=a, now=now),
    "end": lambda s, a, now: controls.end(session=s, actor=a, now=now),
    "welcome": _welcome,
    "timeout": _time_out(10),
    "out": _time_out(None),
    "back": _back,
    "side": _side,
    "cohost": _cohost,
    "handover": _hand_over,
    "remove": _remove,
}
