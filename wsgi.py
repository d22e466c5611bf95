"""Start-up: the only file that patches the process for green threads, before anything else is imported.

gunicorn serves `wsgi:app` (threads or gevent). Eventlet runs on its own: `FORUM_ASYNC_MODE=eventlet python wsgi.py`.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings

gc.disable()  # nothing made while loading is thrown away again; looking for it takes a tenth of the start

_MODE = os.environ.get("FORUM_ASYNC_MODE", "threading")
if _MODE == "eventlet":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its own end of life; the owner asked for it
        import eventlet

    eventlet.monkey_patch()
elif _MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()

from forum import create_app  # noqa: E402 - patching comes first
from forum.config import ConfigError  # noqa: E402

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"The forum can't start with these settings:\n{error}")
gc.enable()


def serve() -> None:
    """Serve with eventlet's own server; gunicorn has no eventlet worker any more."""
    from forum.cli.serving import start_background
    from forum.realtime.server import socketio

    settings = app.extensions["forum.config"]
    start_background(app)
    print(f"{settings.name} is listening on http://{settings.host}:{settings.port}", flush=True)  # noqa: T201
    socketio.run(app, host=settings.host, port=settings.port, log_output=False)


if __name__ == "__main__":
    serve()
