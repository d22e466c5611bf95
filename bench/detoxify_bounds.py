"""Between what shares of unread attacks Detoxify's weights can bring the pipeline, where they cannot be downloaded.

`python -m bench detoxify_bounds` · every blind set, totals only. Detoxify joins the built-in scorer and takes nothing
back, so what is held while it says nothing is the least, and what is held while it is sure of everything the most.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bench.blind import SETS
from forum.moderation.evaluation.judge import screener
from forum.moderation.scoring.factory import load_local
from forum.moderation.verdict import Scores

FIRST = 3
"""Sets 1 and 2 were looked at while the first models were made."""
SURE = 0.95


class Answers:
    """A scorer that gives one answer."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Return that answer."""
        return self._scores


def is_held(text: str, scores: Scores) -> bool:
    """Tell whether a stranger's text waits for a person, given what the scorer says."""
    return screener(Answers(scores))(text).visibility == "held"


def with_detoxify(scores: Scores, probability: float) -> Scores:
    """Return the answer as if Detoxify had given every label this probability beside the built-in scorer."""
    return replace(scores, scorer="detoxify", labels=dict.fromkeys(scores.labels, probability))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the totals; exit code 1 where a silent Detoxify takes a hold back."""
    scorer = load_local("embedded", None)
    found: Counter[tuple[str, str]] = Counter()
    for folder in (folder for number, folder in SETS.items() if int(number) >= FIRST):
        for kind in ("abuse", "benign"):
            texts = (folder / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
            for text, scores in zip(texts, scorer.score_many(texts), strict=True):
                held = is_held(text, scores)
                silent, sure = (is_held(text, with_detoxify(scores, said)) for said in (0.0, SURE))
                marks = (("all", True), ("held", held), ("silent", silent), ("sure", sure), ("lost", held > silent))
                found.update((kind, mark) for mark, is_true in marks if is_true)
    for kind in ("abuse", "benign"):
        total = found[kind, "all"]
        for mark, words in (("held", "without Detoxify"), ("silent", "it says nothing"), ("sure", "it is sure")):
            print(f"{kind:7} held, {words:18} {found[kind, mark] / total:6.1%}  ({found[kind, mark]}/{total})")
    return int(found["abuse", "lost"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
