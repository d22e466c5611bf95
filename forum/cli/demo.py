"""`flask forum seed-demo`: invented people who write through the real pipeline, and a staff account of each role."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from forum.belonging import growing
from forum.belonging import operations as belonging
from forum.belonging.reading import own_roles
from forum.belonging.training import modules_for
from forum.cli import group
from forum.core import events, yamldata
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import areas, daily, drafts, posting, queries, reporting
from forum.discussions.models import Post, Room, Thread
from forum.identity import operations, passwords, phrase, totp
from forum.identity.models import Member, Staff
from forum.identity.roles import ROLES
from forum.meetings.seeding import seed_demo as seed_meetings
from forum.moderation.actors import Actor
from forum.web.current import config

FILE = Path(__file__).parent / "data" / "demo.yaml"
NAMES = {
    "helper": "Hal",
    "facilitator": "Fay",
    "peer_supporter": "Pam",
    "moderator": "Mo",
    "lead": "Lea",
    "admin": "Ada",
}


@group.command("seed-demo")
def seed_demo() -> None:
    """Fill this instance with invented people, threads and cases; prints how to sign in. Once per instance."""
    if db.session.scalar(select(Staff.id).where(Staff.name == NAMES["admin"])):
        click.echo("      the demo people are here already; their sign-ins were printed at the first start")
        return
    data = yamldata.parse(FILE.read_text())
    current_app.extensions["forum.scorer"] = None  # rules alone: quick, and the same everywhere
    for line in make_staff(utcnow()):
        click.echo(f"      {line}")
    writers = Writers(utcnow())
    with click.progressbar(data["threads"], label="      invented threads", item_show_func=None) as threads:
        for number, thread in enumerate(threads):
            write_thread(writers, thread, utcnow() - timedelta(hours=3 * (len(data["threads"]) - number)))
    for room, handle, body in data["trouble"]:
        writers.reply(thread_in(room), handle, body, utcnow())
    for room, handle, category, text in data["reports"]:
        post = first_post(thread_in(room))
        with current_app.test_request_context(base_url=config().origins[0]):
            reporting.file_report(writers[handle], post.public_id, category=category, text=text, now=utcnow())
    settle_in(writers, utcnow())
    host = db.session.scalars(select(Staff).where(Staff.name == NAMES["facilitator"])).one()
    click.echo(f"      {seed_meetings(host, utcnow())} meetings in the timetable")
    events.commit()
    click.echo(f"      sign in as Early Wren 31 with: {writers.words}")


def make_staff(now: datetime) -> list[str]:
    """Create one account per role; returns a line each with the log-in."""
    lines = []
    for role in ROLES:
        password = " ".join(secrets.choice(phrase.word_list()) for _ in range(7))
        seed = totp.new_seed()
        person = Staff(name=NAMES[role], role=role, password_hash=passwords.hash_password(password), created_at=now)
        totp.store_seed(person, seed, config().keys.totp_key)
        db.session.add(person)
        lines.append(f"{role:15} name {NAMES[role]:4} password “{password}” second factor {seed}")
    events.commit()
    return lines


class Writers:
    """The invented members, made when first needed."""

    def __init__(self, now: datetime) -> None:
        self.born = now - timedelta(days=90)
        self.words = ""
        self.count = 0

    def __getitem__(self, handle: str) -> Member:
        """Return a member of this name."""
        found = db.session.scalar(select(Member).where(Member.handle == handle))
        if found is None:
            is_new = handle in ("Paper Boat 27", "Distant Gate 90")
            found, words = operations.join(handle=handle, about="me", keys=config().keys, now=self.born)
            found.trust, found.accepted_posts = (0, 0) if is_new else (2, 30)
            events.commit()
            self.words = words if handle == "Early Wren 31" else self.words
        return found

    def reply(self, thread: Thread, handle: str, body: str, at: datetime, **extras: Any) -> None:
        """Post an answer through the real posting path."""
        self.count += 1
        draft = drafts.read_draft(body, f"demo-{self.count}", extras=drafts.Extras(**extras))
        author = self[handle]
        come_in(author, thread.room, at)
        posting.reply(draft, author=author, thread=thread, now=at)


def come_in(member: Member, room: Room | None, at: datetime) -> None:
    """Let somebody say at a room's door what it asks, as they would on its page."""
    if room is None or queries.may_enter(member, room):
        return
    if areas.is_apart(member, room):
        member.about = areas.with_both(member)
    if room.declares:
        belonging.declare_belonging(member, room.id, at)


def write_thread(writers: Writers, entry: dict[str, Any], at: datetime) -> None:
    """Write one thread with its answers, some minutes apart."""
    room = db.session.scalars(select(Room).where(Room.key == entry["room"])).one()
    writers.count += 1
    extras = drafts.Extras(**entry.get("extras", {}))
    draft = drafts.read_draft(entry["body"], f"demo-{writers.count}", title=entry["title"], extras=extras)
    author = writers[entry["by"]]
    come_in(author, room, at)
    post = posting.start_thread(draft, author=author, room=room, now=at).post
    for number, (handle, body, *more) in enumerate(entry["replies"], start=1):
        writers.reply(post.thread, handle, body, at + timedelta(minutes=17 * number), **(more[0] if more else {}))


def settle_in(writers: Writers, now: datetime) -> None:
    """Give some of them homes, a week to look after and a role, and open the day's threads."""
    early, salt = writers["Early Wren 31"], writers["Salt Marsh 35"]
    rooms = {room.key: room.id for room in db.session.scalars(select(Room))}
    daily.open_due(now)
    for member, key in ((early, "alcohol"), (salt, "night")):
        belonging.make_home(member, rooms[key])
        belonging.set_listed(member, rooms[key], listed=True)
    belonging.take_week(salt, rooms["night"], now)
    lead = db.session.scalars(select(Staff).where(Staff.name == NAMES["lead"])).one()
    for kind in ("greeter", "peer"):
        role = growing.begin(early, kind)
        role.modules = [module.key for module in modules_for(kind)]
        growing.ask(early, kind, now)
    growing.sign_off(own_roles(early)["greeter"].public_id, actor=Actor(lead.id, "lead", lead.name), now=now)


def thread_in(room: str) -> Thread:
    """Return the first thread of a room."""
    query = select(Thread).join(Room).where(Room.key == room).order_by(Thread.id)
    return db.session.scalars(query).first() or _missing(room)


def first_post(thread: Thread) -> Post:
    """Return a thread's opening."""
    return db.session.scalars(select(Post).where(Post.thread_id == thread.id, Post.is_opening)).one()


def _missing(room: str) -> Thread:
    raise click.ClickException(f"The demo file has no thread in room {room!r}.")
