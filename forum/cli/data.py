"""Helplines, rooms, backups, purging: what goes in and out of an instance."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from forum.cli import group
from forum.core import backup as backups
from forum.core import events
from forum.core.clock import utcnow
from forum.helplines import maintenance
from forum.identity import sessions
from forum.web.current import config


@group.group("helplines")
def helplines() -> None:
    """Import, export and check helplines."""


@helplines.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def helplines_import(file: Path) -> None:
    """Replace the helplines with FILE after checking every number in it."""
    try:
        done = maintenance.import_file(file, config().instance / "helplines.json")
    except ValueError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    click.echo(json.dumps(asdict(done), default=str))


@helplines.command("export")
def helplines_export() -> None:
    """Print all helplines as JSON."""
    click.echo(maintenance.export())


@helplines.command("check")
@click.option("--json", "as_json", is_flag=True)
def helplines_check(as_json: bool) -> None:
    """List lines whose last check is too long ago."""
    stale = maintenance.check(utcnow())
    if as_json:
        click.echo(json.dumps([asdict(line) for line in stale], default=str))
    else:
        for line in stale:
            click.echo(str(line))
        click.echo(f"{len(stale)} lines need checking")
    sys.exit(1 if stale else 0)


@group.group("rooms")
def rooms() -> None:
    """Import and export rooms."""


@rooms.command("import")
@click.argument("file", type=click.File("r"))
def rooms_import(file: click.File) -> None:
    """Add and update rooms from a YAML file; none is deleted."""
    from forum.discussions.seeding import seed_rooms

    try:
        created, updated = seed_rooms(file.read())  # type: ignore[attr-defined]
    except ValueError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    events.commit()
    click.echo(f"{created} rooms added, {updated} updated")


@rooms.command("export")
def rooms_export() -> None:
    """Print all rooms as YAML."""
    from forum.discussions.seeding import export_rooms

    click.echo(export_rooms())


@group.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent, checked copy of the database, also while the forum runs."""
    try:
        backups.write(file)
    except backups.BackupError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    click.echo(f"Written to {file} and checked.")


@group.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in place of the database. Stop the forum first."""
    try:
        kept = backups.restore(file)
    except backups.BackupError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    click.echo(f"Restored.{f' What was there before is in {kept}.' if kept else ''}")


@group.command("purge")
def purge() -> None:
    """Delete what has reached the end of its time and wipe it from the file."""
    from forum.moderation import jobs

    now = utcnow()
    ended = sessions.purge_expired(now)
    gone = jobs.purge(now)
    events.commit()
    if not backups.wipe_free_space(at_any_size=True):
        click.echo("Deleted words are still in the files: somebody was reading. Please run this again.", err=True)
        sys.exit(1)
    click.echo(f"{ended} sessions and {gone} kept texts deleted")
