"""Somebody tries passwords, codes, PINs or words: slower and slower, and nobody is ever shut out for good.

Five tries in a quarter of an hour are free. After that one try is let through at a time, and the wait until the next
one doubles, from half a minute to a quarter of an hour; whoever then gets it right is as welcome as before. Tries are
counted before they are looked at, so that forty at once are not forty free ones.

Words are guessed from everywhere at once, if at all. While more than five hundred were wrong within ten minutes a
browser shows a little work with its words; without scripts the form must simply be ten seconds old.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from forum.core.errors import BadInput, RateLimited
from forum.identity import stamps
from forum.web import limits
from forum.web.current import config

FIRST_SECONDS, MOST_SECONDS = 30, 900
REMEMBERED_SECONDS = 3_600
PURPOSE = "return"
BITS = 16
"""Zero bits of the work: 65,000 tries on average, about a second on an old phone."""
PATIENCE_SECONDS = 10


def count_try(who: str) -> None:
    """Count one try to open an account; `who` names account and kind of secret.

    Raises:
        RateLimited: it came too soon; says after how many seconds the next one is looked at.
    """
    limiter = limits.the_limiter()
    if limiter.try_hit("staff_account", member=who):
        return
    wait = min(MOST_SECONDS, FIRST_SECONDS * 2 ** limiter.tally(_waits(who)))
    if not limiter.use_once(_turn(who), wait):
        raise RateLimited(retry_after=limiter.seconds_until(_turn(who)))
    limiter.count(_waits(who), REMEMBERED_SECONDS)


def forgive(who: str) -> None:
    """Let the waits of an account begin anew: somebody got it right."""
    limits.the_limiter().forget(_waits(who))


def _waits(who: str) -> str:
    return f"waits:{who}"


def _turn(who: str) -> str:
    return f"turn:{who}"


# ── six words ───────────────────────────────────────────────────────────────────────────────────────────────────


def new_stamp(now: datetime) -> str:
    """Return the stamp for a form that takes six words; "" while nobody is guessing."""
    if limits.the_limiter().has_room("wrong_words"):
        return ""
    return stamps.issue(PURPOSE, BITS, key=config().keys.secret_key, now=now)


def check_stamp(stamp: str, work: str, now: datetime) -> None:
    """Ask for work, or for patience, while words are being guessed.

    Raises:
        BadInput: neither was shown; the sentence says what to do.
    """
    limiter = limits.the_limiter()
    if limiter.has_room("wrong_words"):
        return
    found = stamps.read(stamp, PURPOSE, key=config().keys.secret_key)
    age = now.timestamp() - found.issued if found is not None else -1.0
    is_shown = found is not None and (found.is_done_by(work) or age >= PATIENCE_SECONDS)
    if not is_shown or not 0 <= age <= stamps.LIFE_SECONDS:
        raise BadInput(
            _("Many words are being tried here just now, so we let people in slowly. Please wait ten seconds, type "
              "yours once more and press the button."),
            field="phrase",
        )  # fmt: skip
    if found is None or not limiter.use_once(f"stamp:{found.nonce}", stamps.LIFE_SECONDS * 2):
        raise BadInput(_("That form was sent before. Please type your words once more."), field="phrase")


def count_wrong_words() -> None:
    """Note that somebody's words opened nothing."""
    limits.the_limiter().try_hit("wrong_words")
