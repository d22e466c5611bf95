"""The crisis phase stays quick on long posts and on texts made to be slow."""

from __future__ import annotations

import gc
import inspect
import io
import statistics
import sys
import time
import tokenize
from types import FrameType

import pytest

from forum.moderation.phases import crisis
from forum.moderation.phases.normalise import views_of
from forum.moderation.verdict import MAX_TEXT_CHARS, Submission
from tests.moderation.phases.crisis_helpers import development_rows

pytestmark = pytest.mark.alone
SOURCE = inspect.getsource(statistics)[:6000].rpartition("\ndef ")[0]


def cost(text: str) -> float:
    """Return the processor milliseconds of the phase on one text, views not counted."""
    sub, views = Submission(text), views_of(text)
    start = time.thread_time()
    crisis.run(sub, views)
    return (time.thread_time() - start) * 1_000


def long_posts() -> list[str]:
    text = " ".join(row.text for row in development_rows())
    return [text[start : start + 600] for start in range(0, len(text) - 600, 300)]


def reading_python() -> float:
    """Return the processor milliseconds of a fixed piece of work much like the phase: how fast this machine is."""
    start = time.thread_time()
    for _ in tokenize.generate_tokens(io.StringIO(SOURCE).readline):
        pass
    return (time.thread_time() - start) * 1_000


def calls(text: str) -> int:
    """Return how many functions the phase calls on one text: the same on every machine and at every run."""
    sub, views, found = Submission(text), views_of(text), 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        crisis.run(sub, views)
    finally:
        sys.setprofile(None)
    return found


def test_a_long_post_takes_no_more_work_than_it_did() -> None:
    """The rows are dense with everything the rules look for; ordinary posts take less. 2,000 calls take about 1 ms."""
    posts = long_posts()
    for post in posts:
        cost(post)  # rules are compiled when a text first needs them
    work = sorted(map(calls, posts))
    assert work[len(work) // 2] <= 4_000
    assert work[-1] <= 9_000


def measured(posts: list[str]) -> list[tuple[float, float]]:
    """Return what each post and the fixed piece of work cost in their best of nine rounds.

    Round by round, so that a slow moment of the machine cannot meet all the tries of one post.
    """
    gc.collect()
    gc.disable()  # as timeit does: whose turn it is to tidy up is no cost of the phase
    try:
        rounds = [[(cost(post), reading_python()) for post in posts] for _ in range(9)]
    finally:
        gc.enable()
    return [(min(one), min(other)) for one, other in (zip(*tries, strict=True) for tries in zip(*rounds, strict=True))]


def test_a_long_post_costs_no_more_than_nine_readings_of_a_page_of_python() -> None:
    """What calls don't tell: that none of them takes long.

    Other tenants of a machine only ever add time, for seconds on end, so what is too much is measured again, up to
    six times.
    """
    posts = long_posts()
    cost(posts[0])
    least = measured(posts)
    for _ in range(6):
        unit = statistics.median(other for _, other in least)
        costs = sorted(one / unit for one, _ in least)
        if statistics.median(costs) <= 4 and costs[-1] <= 9:
            break
        time.sleep(1)
        again = measured(posts)
        least = [(min(a, c), min(b, d)) for (a, b), (c, d) in zip(least, again, strict=True)]
    assert statistics.median(costs) <= 4
    assert costs[-1] <= 9


HOSTILE = [
    "i ",
    "i want to ",
    "not ",
    "he says he wants to ",
    "my son says ",
    "i am going to ",
    "kill ",
    "kill myself. ",
    ". ",
    "? ",
    "a",
    "pills ",
    "i will not ",
    "tonight ",
    "the the my my ",
    "want to wish to hope to ",
    "took a whole lot of the ",
    "i never not want to be ",
    "he she they him her ",
    "1 2 3 days no ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    def least(size: int) -> float:
        return min(cost((unit * size)[:size]) for _ in range(7))

    small, large = least(MAX_TEXT_CHARS // 4), least(MAX_TEXT_CHARS)
    assert large <= 100
    assert large <= small * 10 + 5, "four times the text may not cost ten times as much"


def test_eight_thousand_characters_of_crisis_language() -> None:
    text = " ".join(row.text for row in development_rows())[:MAX_TEXT_CHARS]
    assert min(cost(text) for _ in range(3)) <= 150


def test_a_wall_of_one_word_hides_nothing() -> None:
    for text in ("i " * 900 + "am going to kill myself tonight", "i am going to kill myself tonight " + "i " * 900):
        assert crisis.support_level(crisis.run(Submission(text), views_of(text))) == 3
