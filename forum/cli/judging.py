"""Screening texts, the model, rescans, the audit chain."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

import click
from flask import current_app

from forum.cli import group
from forum.moderation.scoring import fetch
from forum.moderation.scoring.models import load_local
from forum.web.current import config


@group.command("screen")
@click.option("--json", "_as_json", is_flag=True, help="Accepted for symmetry; output is always JSON lines.")
def screen(_as_json: bool) -> None:
    """Read JSON lines from stdin and print one verdict each; nothing is stored."""
    from forum.moderation.screening import screen_lines

    settings = config()
    scorer = load_local(settings.scorer, settings.detoxify_checkpoint or None)  # type: ignore[arg-type]
    failed = False
    for line in screen_lines(sys.stdin, scorer):
        failed = failed or ('"error"' in line and "error" in json.loads(line))
        sys.stdout.write(line.rstrip("\n") + "\n")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


@group.group("model")
def model() -> None:
    """Look after the scorer's model files."""


@model.command("status")
@click.option("--json", "as_json", is_flag=True)
def model_status(as_json: bool) -> None:
    """Say which scorer would run here."""
    settings = config()
    status = load_local(settings.scorer, settings.detoxify_checkpoint or None).status()  # type: ignore[arg-type]
    found: dict[str, Any] = {
        "state": status.state, "name": status.name, "version": status.version, "detail": status.detail,
    }  # fmt: skip
    click.echo(json.dumps(found) if as_json else " ".join(str(value) for value in found.values() if value))
    sys.exit(0 if status.state == "ready" or settings.scorer == "off" else 1)


@model.command("fetch")
def model_fetch() -> None:
    """Download Detoxify's checkpoint, with a progress bar, and check its sha256."""
    try:
        path = fetch.fetch_checkpoint(config().instance / "models")
    except fetch.FetchError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    click.echo(f"Stored. Set FORUM_DETOXIFY_CHECKPOINT={path} in instance/.env and start again.")


@model.command("verify")
def model_verify() -> None:
    """Check the model files against their pinned hashes."""
    checks = fetch.verify(config().instance / "models")
    for check in checks:
        click.echo(str(check))
    sys.exit(0 if all(getattr(check, "ok", False) for check in checks) else 1)


@group.command("rescan")
def rescan() -> None:
    """Let the scorer read every post it has missed, with a progress bar."""
    from sqlalchemy import select
    from tqdm import tqdm

    from forum.core.db import db
    from forum.discussions.jobs import rescan as rescan_post
    from forum.discussions.models import PUBLIC, Post

    settings = config()
    current_app.extensions["forum.scorer"] = load_local(
        settings.scorer,  # type: ignore[arg-type]
        settings.detoxify_checkpoint or None,
    )
    wanted = (Post.scan_state == "pending", Post.visibility.in_((*PUBLIC, "held")))
    ids = list(db.session.scalars(select(Post.id).where(*wanted)))
    done = sum(rescan_post(db.session.get_one(Post, post_id)) for post_id in tqdm(ids, unit="post", disable=None))
    click.echo(f"{done} of {len(ids)} posts read again")


@group.group("audit")
def audit_group() -> None:
    """Check and export the record of what was done."""


@audit_group.command("verify")
@click.option("--json", "as_json", is_flag=True)
def audit_verify(as_json: bool) -> None:
    """Walk the hash chain; exit 1 at the first entry that does not fit, or when a kept difference was forged."""
    from forum.moderation import audit, edits

    found, forged = audit.verify(), list(edits.problems())
    click.echo(json.dumps({**asdict(found), "forged_changes": forged}, default=str) if as_json else str(found))
    if forged and not as_json:
        click.echo(f"{len(forged)} differences do not fit to the record")
    sys.exit(0 if found.is_whole and not forged else 1)


@audit_group.command("export")
def audit_export() -> None:
    """Print every entry as a JSON line; there are no texts and no addresses in it."""
    from forum.moderation import audit

    for entry in audit.each_entry():
        columns = {column.name: getattr(entry, column.name) for column in entry.__table__.columns}
        click.echo(json.dumps(columns, default=str))
