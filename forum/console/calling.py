"""The key that signs calls to whoever is on call."""

from __future__ import annotations

import hashlib
import hmac

from forum.web.current import config


def call_key() -> str:
    """Return the key receivers check calls with: made from the staff secret, so that nothing more has to be kept."""
    return hmac.new(config().keys.staff_secret_key.encode(), b"on-call webhook", hashlib.sha256).hexdigest()
