"""Choose the lines of the cruelty model, on answers of weights that had not seen the author of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forum.moderation.training.cruelty_corpus import Example
from forum.moderation.training.platt import Floats, fitted, sigmoid

FALSE_HOLDS = 0.008
"""Share of benign rows of unseen authors the model alone may hold. The goal is 1 % of recovery talk for model and rules
together (docs/decisions/0051)."""

FALSE_REVIEWS = 0.04
"""Share of benign rows it may ask people to look at; the text stays up."""

DOUBTFUL = 0.06
"""Share of benign rows for which the label scorer keeps its word: below this line it may not pause on its own."""

LOST_ATTACKS = 0.03
"""Share of attacks that may fall under the line below which the model speaks against word rules."""


UNREAD_ATTACKS = 0.003
"""Share of attacks over the `agree` line that may be left to the wording alone, which then says: nothing."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into the manifest beside the weights."""

    read: float
    worded: float
    intercept: float
    thresholds: dict[str, float]
    unread: dict[str, float] = field(default_factory=dict)
    """`cruelty_head.Unread`: where the layers need not be run, and what counts in their place."""

    def added(self, logits: Floats) -> Floats:
        """Return the calibrated logits of both readers together."""
        found: Floats = logits @ np.array([self.read, self.worded]) + self.intercept
        return found

    def probabilities(self, logits: Floats) -> Floats:
        """Return calibrated probabilities."""
        return sigmoid(self.added(logits))


def choose(rows: Sequence[Example], logits: Floats, spoken: NDArray[np.bool_]) -> Chosen:
    """Calibrate on all rows and choose the lines on them, every row counting the same.

    Authors of ordinary posts and of long ones count by how much they wrote, about seven to one: as often as either is
    met. `logits` are `[rows, 2]`: what the layers and what the wording says. `spoken` tells which rows speak to
    somebody here: only those can be held, so only they count for that line.
    """
    cruel = np.array([row.cruel for row in rows], bool)
    read, worded, intercept = fitted(logits, cruel)
    chosen = Chosen(read, worded, intercept, {})
    probability = chosen.probabilities(logits)
    benign = probability[~cruel]
    agree = _line(benign, 1 - DOUBTFUL)
    thresholds = {
        "hold": _passed_by(benign * spoken[~cruel], FALSE_HOLDS),
        "review": _line(benign, 1 - FALSE_REVIEWS),
        "agree": agree,
        "excuse": min(_line(probability[cruel], LOST_ATTACKS), agree),
    }
    return replace(
        chosen,
        thresholds={name: round(value, 3) for name, value in thresholds.items()},
        unread=unread(logits, logits[cruel & (probability >= agree)]),
    )


def unread(logits: Floats, seen: Floats) -> dict[str, float]:
    """Return the wording's logit under which hardly an attack is lost, and what the layers say of texts under it.

    `seen` are the logits `[rows, 2]` of the attacks the model would see.
    """
    below = _line(seen[:, 1], UNREAD_ATTACKS)
    under = logits[logits[:, 1] < below, 0]
    return {"below": round(below, 2), "read": round(float(np.median(under)), 2)} if len(under) else {}


def _line(values: Floats, share: float) -> float:
    return float(np.quantile(values, share, method="higher"))


def _passed_by(values: Floats, share: float) -> float:
    """Return the middle between the last row that may pass and the first that may not: so far up the gaps are wide."""
    passing = int(share * len(values))
    ordered = np.sort(values)[::-1]
    return float(ordered[passing - 1 : passing + 1].mean())
