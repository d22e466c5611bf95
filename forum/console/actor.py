"""From the request to the actor that operations know."""

from __future__ import annotations

from flask import request

from forum.core.errors import NotFound
from forum.identity.access import the_staff
from forum.identity.login import principal_from_cookies
from forum.moderation import cases
from forum.moderation.actors import Actor
from forum.moderation.models import Case
from forum.web import limits


def the_actor() -> Actor:
    """Return who acts. A browser that is also signed in as a member gives their membership away to the guard only."""
    staff = the_staff()
    own = principal_from_cookies(request.cookies, "member")
    own_id = own.member.id if own is not None and own.member is not None else None
    return Actor(staff.id, staff.role, staff.name, own_member_id=own_id)


def count_action(actor: Actor) -> None:
    """Count one action of a moderator: more than sixty in ten minutes is a script or a stolen session."""
    limits.hit("mod_action", member=f"staff-{actor.staff_id}", by_network=False)


def the_case(public_id: str) -> Case:
    """Return the case of an address.

    Raises:
        NotFound: there is none.
    """
    found = cases.get_case(public_id)
    if found is None:
        raise NotFound()
    return found
