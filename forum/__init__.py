"""Small Hours: a moderated, anonymous peer-support forum for people in addiction recovery and those who love them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from forum.config import Config

MAX_FORM_BYTES = 256 * 1024


def create_app(config: Config | None = None, **overrides: object) -> Flask:
    """Make the application: settings, kernel, then one line per feature. Imports stay inside so that order is explicit.

    Args:
        config: deployment settings; read from the environment when left out.
        overrides: Flask configuration on top, for tests.

    Raises:
        ConfigError: the settings are unusable; every problem is named.
    """
    from forum.config import load_config
    from forum.core import blocking, logs

    settings = load_config() if config is None else config
    app = Flask("forum", static_folder=None)
    app.extensions["forum.config"] = settings
    app.config.from_mapping(_flask_settings(settings))
    app.config.from_mapping(overrides)
    blocking.use_mode(settings.async_mode)
    logs.init_app(app)
    _init_kernel(app, settings)
    _init_features(app)
    _init_realtime(app, settings)
    return app


def _flask_settings(settings: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.keys.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "MAX_CONTENT_LENGTH": MAX_FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "MAX_FORM_PARTS": 100,
        "TRUSTED_HOSTS": list(settings.hosts),
        "PREFERRED_URL_SCHEME": "https" if settings.is_https else "http",
        "WTF_CSRF_CHECK_DEFAULT": True,
    }


def _engine_options(settings: Config) -> dict[str, object]:
    """Size the pool for the worker's threads; on PostgreSQL nothing may hang for ever."""
    # Messages of database errors would quote parameters, and those are somebody's words.
    quiet = {"hide_parameters": True}
    if settings.is_sqlite:
        connect = {"timeout": 5, "check_same_thread": False}
        return {**quiet, "pool_size": 20, "max_overflow": 60, "connect_args": connect}
    timeouts = "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=utc"
    return {
        **quiet,
        "pool_size": 20,
        "max_overflow": 40,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": 3, "options": timeouts},
    }


def _init_kernel(app: Flask, settings: Config) -> None:
    from flask_migrate import Migrate

    from forum.core.db import db
    from forum.core.migrations import DIRECTORY
    from forum.web import assets, csrf, errors, filters, formmemory, health, limits, locale

    db.init_app(app)
    Migrate(app, db, directory=str(DIRECTORY), render_as_batch=True, compare_type=True)
    locale.init_app(app)
    csrf.init_app(app)
    limits.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    formmemory.init_app(app)
    assets.init_app(app)
    app.register_blueprint(health.bp)


def _init_features(app: Flask) -> None:
    from forum import (
        console,
        discussions,
        helplines,
        home,
        identity,
        journey,
        meetings,
        metrics,
        notifications,
        resources,
        search,
        services,
    )
    from forum.cli import init_app as init_cli

    services.init_app(app, app.extensions["forum.config"])
    identity.init_app(app)
    helplines.init_app(app)
    discussions.init_app(app)
    meetings.init_app(app)
    journey.init_app(app)
    notifications.init_app(app)
    search.init_app(app)
    resources.init_app(app)
    metrics.init_app(app)
    console.init_app(app)
    home.init_app(app)
    init_cli(app)


def _init_realtime(app: Flask, settings: Config) -> None:
    """Open Socket.IO last: every feature has registered its events by now.

    The shell stands outside Engine.IO, and the proxy's word is weighed outside both, so that pages and sockets know the
    same address.
    """
    from werkzeug.middleware.proxy_fix import ProxyFix

    from forum.identity.login import session_behind
    from forum.realtime import gate, server, sockets
    from forum.web import limits
    from forum.web.headers import SHELL, SecurityShell

    sockets.init_app()
    server.init_app(app, settings)
    gate.init_app(app)
    shell = SecurityShell(
        app.wsgi_app,
        settings,
        whose=lambda environ: session_behind(environ, settings),
        is_alive=server.is_alive,
        limiter=app.extensions[limits.KEY],
    )
    app.extensions[SHELL] = shell
    app.wsgi_app = shell  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    logging.getLogger("forum").debug("ready")
