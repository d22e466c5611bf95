"""Plain functions that make people and posts, with sensible defaults. The cast: alice and bob members, carol blocked
by alice, ned new, mo and mia moderators, lea lead, ada admin, fay facilitator, pam peer supporter."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import operations
from forum.discussions.models import Post, Room, Thread
from forum.identity.models import Member, Staff
from forum.identity.sessions import start_session

_numbers = itertools.count(1)


def make_member(
    handle: str = "", *, trust: int = 1, accepted_posts: int = 10, age_days: int = 60, **more: Any
) -> Member:
    """Make an established member; `trust=0, accepted_posts=0, age_days=0` makes a new one."""
    number = next(_numbers)
    born = utcnow() - timedelta(days=age_days)
    member = Member(
        handle=handle or f"Quiet Wren {number}",
        lookup_id=number.to_bytes(32, "big"),
        pepper_id="p1",
        verifier="not a hash",
        trust=trust,
        accepted_posts=accepted_posts,
        created_day=born.date(),
        created_at=born,
        **more,
    )
    db.session.add(member)
    db.session.flush()
    return member


def make_staff(name: str = "", role: str = "moderator") -> Staff:
    """Make a staff account of a role."""
    staff = Staff(name=name or f"Mo {next(_numbers)}", role=role, password_hash="not a hash", created_at=utcnow())
    db.session.add(staff)
    db.session.flush()
    return staff


def a_room(key: str = "newcomers") -> Room:
    """Return a seeded room."""
    return db.session.scalars(select(Room).where(Room.key == key)).one()


def make_thread(author: Member, title: str = "Day nine", body: str = "Nine days.", **more: Any) -> Thread:
    """Make a thread whose opening everybody can read."""
    now = more.pop("now", utcnow())
    thread = operations.store_thread(
        author=author, room=more.pop("room", None) or a_room(), title=title, content_note="", now=now
    )
    make_post(thread, author, body, is_opening=True, now=now, **more)
    return thread


def make_post(
    thread: Thread, author: Member, body: str = "I hear you.", *, visibility: str = "live", **more: Any
) -> Post:
    """Make a post of any visibility."""
    now = more.pop("now", datetime.now(UTC))
    post = operations.store_post(
        thread=thread,
        author=author,
        body=body,
        client_id=f"made-{next(_numbers)}",
        digest=operations.text_digest("", body, "", ""),
        now=now,
        **more,
    )
    if visibility in ("hidden", "author_deleted"):
        operations.set_visibility(post, "live", now)
    operations.set_visibility(post, visibility, now)
    db.session.info.pop("forum.events", None)  # what a test sets up is old news to its sockets
    return post


def signed_in(browser: Any, app: Flask, who: Member | Staff) -> Any:
    """Put a session of this person into a browser's cookies."""
    is_staff = isinstance(who, Staff)
    token = start_session(
        member=None if is_staff else who,
        staff=who if is_staff else None,
        device="staff" if is_staff else "own",
        now=utcnow(),
    )
    db.session.commit()
    interface: Any = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    name, serializer = interface.cookie(app.extensions["forum.config"], is_staff)
    for domain in ("127.0.0.1", "localhost"):  # pages and Socket.IO's test client speak to different names
        browser.client.set_cookie(name, serializer.dumps({"_user_id": token, "_fresh": True}), domain=domain)
    return browser
