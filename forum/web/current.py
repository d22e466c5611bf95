"""What the running application carries: its deployment settings."""

from __future__ import annotations

from flask import current_app

from forum.config import Config

KEY = "forum.config"


def config() -> Config:
    """Return the deployment settings of the current application."""
    found: Config = current_app.extensions[KEY]
    return found
