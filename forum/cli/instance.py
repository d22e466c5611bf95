"""Preparing an instance: secrets, database, rooms; checking settings."""

from __future__ import annotations

import sys
import warnings

import click
from flask import current_app
from sqlalchemy import inspect

from forum.cli import group
from forum.config import ConfigError, load_config, write_secrets
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput
from forum.core.migrations import DIRECTORY, pending
from forum.discussions.seeding import seed_rooms
from forum.identity import operations
from forum.notifications import waking
from forum.web.current import config

FIRST_ADMIN = "Admin"


@group.command("init")
def init() -> None:
    """Make secrets, bring the database up to date, add the rooms; safe to repeat."""
    settings = config()
    write_secrets(settings.instance)
    migrate()
    created, updated = seed_rooms()
    events.commit()
    click.echo(
        f"      database ready; {created} rooms added, {updated} updated" if created or updated else "      ready"
    )


def migrate() -> None:
    """Bring the database to this code's revision; does nothing when it is there."""
    if not pending():
        return
    from flask_migrate import upgrade

    fresh = not inspect(db.engine).get_table_names()
    click.echo("      making the tables" if fresh else "      bringing the tables up to date")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        upgrade(directory=str(DIRECTORY))


@group.command("push-keys")
@click.option("--contact", required=True, help="Where push services may write to: mailto:… or https://…")
def push_keys(contact: str) -> None:
    """Make the keys without which no browser is ever woken for news. Take them away again and it stops."""
    try:
        waking.make_keys(config().instance, contact)
    except BadInput as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"Kept in {config().instance / waking.FILE}. Members can now turn waking on, each for themselves.")


@group.command("seed")
def seed() -> None:
    """Add rooms that are missing and update those that changed."""
    created, updated = seed_rooms()
    events.commit()
    click.echo(f"{created} rooms added, {updated} updated")


@group.command("check-config")
def check_config() -> None:
    """Check the settings and name every problem."""
    try:
        load_config()
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo("The settings are fine.")


def first_admin_link() -> str | None:
    """Return a fresh one-time set-up link until an admin exists; older unused ones stop working."""
    if operations.has_admin():
        return None
    name = FIRST_ADMIN
    token = operations.invite_staff(name=name, role="admin", invited_by=None, now=utcnow())
    events.commit()
    return invitation_link(token)


def invitation_link(token: str) -> str:
    """Return the address an invitation is accepted at."""
    settings = config()
    base = settings.origins[0]
    with current_app.test_request_context(base_url=base):
        from flask import url_for

        return base + url_for("staff.invite", token=token)
