"""Put rows through the pipeline, with and without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from forum.moderation.evaluation.measure import Judged
from forum.moderation.evaluation.rows import Row
from forum.moderation.pipeline import ScoresText, screen
from forum.moderation.scoring.protocol import ManyScorer
from forum.moderation.verdict import Scores, Submission, Verdict

DEADLINE_SECONDS = 60.0
"""Nobody waits for an evaluation; a verdict without scores would only measure the deadline."""

Screener = Callable[[str], Verdict]


class KnownScores:
    """A scorer that answers from a table, so that every text is scored once, in batches."""

    def __init__(self, scorer: ManyScorer, texts: Sequence[str]) -> None:
        self._known = dict(zip(texts, scorer.score_many(texts), strict=True))

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Return the scores of a text that was announced. Raises KeyError for any other."""
        return self._known[text]

    def crisis(self, text: str) -> float | None:
        """Return the model's probability of level 2 or more."""
        return self._known[text].crisis


def screener(scorer: ScoresText | None) -> Screener:
    """Return a function that screens a stranger's text with this scorer, or with rules alone."""
    return lambda text: screen(Submission(text), scorer, deadline_seconds=DEADLINE_SECONDS)


def judge(rows: Iterable[Row], screen_text: Screener, probability: Callable[[str], float | None]) -> list[Judged]:
    """Screen every row. Raises RuntimeError where a phase failed: a figure must not hide a fault."""
    found = []
    for row in rows:
        verdict = screen_text(row.text)
        if verdict.failures:
            broken = ", ".join(f"{one.phase} ({one.error})" for one in verdict.failures)
            raise RuntimeError(f"the pipeline is not whole: {broken}")
        held = verdict.visibility == "held"
        found.append(Judged(row, verdict.support_level, probability(row.text), held))
    return found
