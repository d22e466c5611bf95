"""Who has just come in, and whether a person reads their words before others do.

Somebody whose browser showed no work while the place was busy begins with a debt of three texts: `accepted_posts` is
then below zero, and each text a moderator lets through takes one off. It decides nothing but waiting, shows nowhere,
and never touches the crisis check.
"""

from __future__ import annotations

from datetime import datetime

from flask import request

from forum.core.errors import RateLimited
from forum.identity import stamps
from forum.identity.models import Member
from forum.web import limits, pressure
from forum.web.current import config

PURPOSE = "join"
DEBT = 3
"""Texts a person reads first."""


def new_stamp(now: datetime) -> str:
    """Return the stamp of a fresh joining form."""
    return stamps.issue(PURPOSE, pressure.BITS[pressure.level()], key=config().keys.secret_key, now=now)


def is_proved(stamp: str, work: str, now: datetime) -> bool:
    """Tell whether a form took its time, came with its work, and comes for the first time."""
    found = stamps.read(stamp, PURPOSE, key=config().keys.secret_key)
    if found is None or not found.is_fresh(now) or not found.is_done_by(work):
        return False
    return limits.the_limiter().use_once(f"stamp:{found.nonce}", stamps.LIFE_SECONDS * 2)


def admit(now: datetime) -> int:
    """Count a sign-up and return the debt it begins with.

    Raises:
        RateLimited: too many from this network, or on this site.
    """
    level = pressure.level()
    proved = is_proved(request.form.get("stamp", ""), request.form.get("work", ""), now)
    if not proved and level != "quiet":
        limits.hit("join_unproved")
    if level == "raid":
        limits.hit("join_raid")
    limits.the_limiter().try_hit("join_busy")
    try:
        limits.hit("join")
    except RateLimited:
        if not limits.the_limiter().has_room("join"):  # the site's own limit, not this network's
            pressure.rush()
        raise
    return 0 if proved or level == "quiet" else DEBT


def review_reason(member: Member) -> str:
    """Return why a person must read this member's next text first, or nothing.

    Codes: `first_posts` (came in without showing work), `raid_mode` (newcomers wait while the door is rushed).
    """
    if member.accepted_posts < 0:
        return "first_posts"
    return "raid_mode" if member.trust == 0 and pressure.is_raid() else ""
