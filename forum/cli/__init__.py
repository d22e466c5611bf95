"""`flask forum …`: every command calls an operation. Exit 0 ok, 1 failed check, 2 wrong use."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

group = AppGroup("forum", help="Run and look after the forum.")


def init_app(app: Flask) -> None:
    """Register all commands."""
    from forum.cli import data, demo, instance, inventory, judging, loading, people, serving, translating

    app.extensions["forum.cli"] = (data, demo, instance, inventory, judging, loading, people, serving, translating)
    app.cli.add_command(group)
