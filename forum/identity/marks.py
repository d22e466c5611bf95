"""A person's pattern of dots: from a keyed hash of their id, so that it says nothing of the name."""

from __future__ import annotations

import hashlib
import hmac

from forum.identity.models import Member
from forum.web.current import config


def mark_seed(kind: str, number: int) -> str:
    """Return the hex seed of a drawing, e.g. `mark_seed("member", 7)`."""
    key = config().keys.mark_key.encode()
    return hmac.new(key, f"{kind}:{number}".encode(), hashlib.sha256).hexdigest()[:32]


def member_seed(member: Member) -> str:
    """Return the seed of a member's pattern."""
    return mark_seed("member", member.id)
