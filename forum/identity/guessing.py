"""Somebody tries passwords, codes, PINs or words: slower and slower, and nobody is ever shut out for good.

Five tries in a quarter of an hour are free. After that one try is let through at a time, and the wait until the next
one doubles, from half a minute to a quarter of an hour; whoever then gets it right is as welcome as before. Tries are
counted before they are looked at, so that forty at once are not forty free ones.

Words are guessed from everywhere at once, if at all, and so may be the team's passwords. While more than five hundred
words were wrong within ten minutes, or more than sixty tried the team's door, a browser shows a little work with its
form; without scripts the form must simply be ten seconds old.
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
PURPOSES: dict[str, str] = {"wrong_words": "return", "staff_tries": "staff"}
"""What a stamp is for, by the count that asks for it."""
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


# ── while many try ──────────────────────────────────────────────────────────────────────────────────────────────


def new_stamp(count: str, now: datetime) -> str:
    """Return the stamp for a form that opens something; "" while nobody is guessing."""
    if limits.the_limiter().has_room(count):
        return ""
    return stamps.issue(PURPOSES[count], BITS, key=config().keys.secret_key, now=now)


def check_stamp(count: str, stamp: str, work: str, now: datetime) -> None:
    """Ask for work, or for patience, while many are trying.

    Raises:
        BadInput: neither was shown; the sentence says what to do.
    """
    limiter = limits.the_limiter()
    if limiter.has_room(count):
        return
    found = stamps.read(stamp, PURPOSES[count], key=config().keys.secret_key)
    age = now.timestamp() - found.issued if found is not None else -1.0
    is_shown = found is not None and (found.is_done_by(work) or age >= PATIENCE_SECONDS)
    if not is_shown or not 0 <= age <= stamps.LIFE_SECONDS:
        raise BadInput(
            _("Many people are trying to get in here just now, so we let everybody in slowly. Please wait ten seconds, "
              "type it once more and press the button."),
        )  # fmt: skip
    if found is None or not limiter.use_once(f"stamp:{found.nonce}", stamps.LIFE_SECONDS * 2):
        raise BadInput(_("That form was sent before. Please type it once more."))


def count_many(count: str) -> None:
    """Note one more try of the kind that asks for stamps when there are many."""
    limits.the_limiter().try_hit(count)
