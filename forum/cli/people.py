"""Staff accounts from the command line."""

from __future__ import annotations

import json
import sys

import click

from forum.cli import group
from forum.cli.instance import invitation_link
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.identity import operations
from forum.identity.roles import ROLES


@group.command("create-staff")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create_staff(name: str, role: str, as_json: bool) -> None:
    """Print a one-time link with which NAME makes a staff account."""
    try:
        token = operations.invite_staff(name=name.strip(), role=role, invited_by=None, now=utcnow())
    except ForumError as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)
    events.commit()
    link = invitation_link(token)
    if as_json:
        click.echo(json.dumps({"name": name, "role": role, "link": link, "hours": operations.INVITATION_HOURS}))
        return
    click.echo(f"{name} can make a {role} account here, once, within {operations.INVITATION_HOURS} hours:\n{link}")
