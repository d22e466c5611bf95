"""Prepare an instance and serve it: `python -m deploy.start [seed-demo]`, for `make run` and `make demo`.

The same as `flask forum init`, then the commands named, then `flask forum serve`, but in one process: loading the
application takes most of a second start, and each command of its own would load it anew.
"""

from __future__ import annotations

import os
import sys

import click
from flask.cli import ScriptInfo


def main(extra: list[str]) -> None:
    """Run the commands one after the other; the last hands this process to the server and never returns."""
    # What the instance holds is nobody else's to read, whatever the shell's own habit.
    os.umask(0o077)
    click.echo("[4/5] Preparing the instance: secrets, database, rooms, helplines")
    from forum.cli import group
    from wsgi import app

    application = ScriptInfo(create_app=lambda: app)
    try:
        for command in ["init", *extra]:
            group.main([command], prog_name="flask forum", obj=application, standalone_mode=False)
        click.echo("[5/5] Starting; Ctrl-C stops")
        group.main(["serve"], prog_name="flask forum", obj=application, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(sys.argv[1:])
