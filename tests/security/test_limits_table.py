"""The table of limits, row by row, under a clock of its own: so many pass, the next one waits, others notice nothing.

Numbers are those of docs/decisions/0005 (new members' bursts) and 0030 (moderators are slowed, not frozen).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import forum
from forum.core.errors import RateLimited
from forum.realtime import gate
from forum.web import doorkeeper, limits
from forum.web.limits import RULES, Limiter

MINUTE, HOUR, DAY = 60, 3_600, 86_400
ADDRESS, ELSEWHERE = "203.0.113.7", "198.51.100.7"

# action, who is counted, how many pass, within how many seconds, seconds between them (long rows step over short ones)
ROWS = [
    ("join", "network", 3, HOUR, 0), ("join", "network", 5, DAY, 2_000), ("join", "site", 300, HOUR, 0),
    ("join_unproved", "network", 2, HOUR, 0), ("join_unproved", "network", 3, DAY, 4_000),
    ("join_busy", "site", 60, HOUR, 0), ("join_raid", "site", 60, HOUR, 0),
    ("newcomer_posts", "site", 300, HOUR, 0), ("newcomer_raid", "member", 1, 10 * MINUTE, 0),
    ("newcomer_raid", "member", 5, DAY, 1_300), ("newcomer_raid", "site", 20, 10 * MINUTE, 0),
    ("reroll", "network", 60, HOUR, 0),
    ("wrong_words", "site", 500, 10 * MINUTE, 0),
    ("return", "network", 10, 10 * MINUTE, 0), ("return", "network", 30, DAY, 130),
    ("staff_login", "network", 20, 15 * MINUTE, 0), ("staff_account", "member", 5, 15 * MINUTE, 0),
    ("staff_tries", "site", 60, 10 * MINUTE, 0),
    ("thread", "new", 2, 10 * MINUTE, 0), ("thread", "new", 5, DAY, 1_300),
    ("thread", "member", 3, 3 * MINUTE, 0), ("thread", "member", 10, DAY, 200), ("thread", "network", 20, HOUR, 0),
    ("reply", "new", 6, 3 * MINUTE, 0), ("reply", "new", 20, HOUR, 70), ("reply", "new", 40, DAY, 400),
    ("reply", "member", 5, 20, 0), ("reply", "member", 30, 10 * MINUTE, 10), ("reply", "member", 150, DAY, 50),
    ("reply", "network", 120, HOUR, 0),
    ("chat", "new", 5, 15, 0), ("chat", "new", 60, HOUR, 5), ("chat", "member", 10, MINUTE, 0),
    ("chat", "member", 200, HOUR, 8), ("room", "member", 30, MINUTE, 0),
    ("slow", "member", 1, 10 * MINUTE, 0),
    ("edit", "member", 30, DAY, 0), ("delete", "member", 30, 30 * MINUTE, 0), ("phrase", "member", 10, 15 * MINUTE, 0),
    ("export", "member", 1, DAY, 0),
    ("report", "member", 20, DAY, 0), ("report", "network", 40, DAY, 0), ("react", "member", 60, HOUR, 0),
    ("silent_line", "network", 10, HOUR, 0), ("silent_line", "network", 20, DAY, 400),
    ("silent_line", "site", 300, HOUR, 0),
    ("search", "member", 30, MINUTE, 0), ("search", "network", 15, MINUTE, 0), ("search", "site", 150, MINUTE, 0),
    ("page", "member", 300, MINUTE, 0), ("page", "network", 120, MINUTE, 0),
    ("form", "member", 120, MINUTE, 0), ("form", "network", 60, MINUTE, 0),
    ("connect", "member", 20, MINUTE, 0), ("connect", "network", 60, MINUTE, 0),
    ("events", "member", 100, MINUTE, 0),
    ("mod_action", "member", 60, 10 * MINUTE, 0), ("mod_action", "member", 300, DAY, 40),
]  # fmt: skip


def ask(limiter: Limiter, action: str, whose: str, who: str) -> bool:
    """Count one; of the limits of a row only the one it is about can bite, the others see a new person each time."""
    member = who if whose in ("member", "new") else ""
    address = (ADDRESS if who == "one" else ELSEWHERE) if whose == "network" else ""
    try:
        limiter.hit(action, member=member, address=address, is_new=whose == "new")
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize(("action", "whose", "most", "seconds", "gap"), ROWS)
def test_so_many_pass_and_the_next_one_waits(
    clock: Callable[[float], None], action: str, whose: str, most: int, seconds: int, gap: int
) -> None:
    limiter = Limiter("", {action: RULES[action]})
    for number in range(most):
        assert ask(limiter, action, whose, "one"), f"number {number + 1} of {most} was refused"
        clock(gap)
    assert not ask(limiter, action, whose, "one")
    assert limiter.refused == {action: 1}
    assert ask(limiter, action, whose, "another") is (whose != "site")
    clock(2 * seconds)
    assert ask(limiter, action, whose, "one")


def test_the_table_has_every_rule_and_every_rule_is_asked_somewhere() -> None:
    """Rules and rows agree in both directions, and no rule lies unused."""
    names = {"member": "member", "new": "new_member", "network": "bucket", "site": "site"}
    rows: dict[tuple[str, str], set[str]] = {}
    for action, whose, most, seconds, _gap in ROWS:
        rows.setdefault((action, names[whose]), set()).add(f"{most}/{seconds}")
    rules = {
        (action, scope): {f"{item.amount}/{item.get_expiry()}" for item in limits._parsed(getattr(rule, scope))}
        for action, rule in RULES.items()
        for scope in names.values()
        if getattr(rule, scope)
    }
    assert rows == rules
    code = "".join(path.read_text() for path in Path(forum.__file__).parent.rglob("*.py") if path.name != "limits.py")
    unused = {action for action in RULES if not re.search(rf"""["']{action}["']""", code)}
    assert not unused


def test_the_rows_that_are_not_counted_by_the_hour() -> None:
    """Open lines and breaches of a socket; repeats are in `tests/moderation`, proofs of work in `test_signup`."""
    assert (doorkeeper.PER_SESSION, doorkeeper.PER_SESSION_BUSY, doorkeeper.PER_NETWORK, gate.STRIKES) == (10, 3, 10, 3)
