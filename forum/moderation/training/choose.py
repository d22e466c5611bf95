"""Calibrate the model and choose its thresholds on writers the weights have not read, together with the rules.

A threshold is the lowest that keeps what the model adds within the share allowed here; nothing is set by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forum.moderation.evaluation.rows import Row
from forum.moderation.evaluation.unseen import KnownNearness
from forum.moderation.phases import crisis_told, semantic
from forum.moderation.phases.crisis import leans_to
from forum.moderation.pipeline import inline
from forum.moderation.training.corpus import INCITEMENT
from forum.moderation.training.platt import Floats, fitted, sigmoid
from forum.moderation.training.told import Nearnesses
from forum.moderation.verdict import Submission

FALSE_CARDS = 0.015
"""Share of level-0 rows no rule spoke on that a fold may show a card: half hard look-alikes, half recovery talk. A fold
has read two thirds of what the shipped weights have."""
FALSE_DISTANT = 0.03
"""Share of level-1 rows about the past, a denial or a loss that it may raise."""
FALSE_PAGES = 0.009
"""Share of level-0 rows it may page for alone: the goal is 1 % together with the rules."""
OVER_PAGES = 0.21
"""Share of level-2 rows, where the rules say 2, that it may raise to 3."""

BROAD_PAGES = 0.5
"""Share of the calm rows on which a broad rule leans to an emergency that it may page for."""

BROAD_CARDS = 0.12
"""Share of the calm rows on which a broad rule leans to a crisis that it may show a card."""
LEAST_PAGE = 0.21
"""The model turns a card of the rules into a page from one chance in five: the share alone once gave 0.19."""
LEAST = 0.01
"""No threshold is lower: under it the numbers of a small model are noise."""

_KEYS = ("crisis_1", "crisis", "crisis_3")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows of all writers, the logits of the fold that had not read them, and what the rules alone say."""

    rows: Sequence[Row]
    logits: Floats
    """`[rows, 2, 3]`: what the layers and what the wording says of level at least 1, at least 2, 3."""
    ruled: NDArray[np.intp]
    distant: NDArray[np.bool_]
    """The rules say 1 about the past, a denial or a loss."""
    leaning: NDArray[np.intp]
    """The level a broad rule speaks of, one above what the rules say; 0 where none does."""

    @property
    def levels(self) -> NDArray[np.intp]:
        """Return the expected levels."""
        return np.array([row.level for row in self.rows])

    @property
    def is_other(self) -> NDArray[np.bool_]:
        """Tell which rows wish death on somebody else: the model is not asked about those."""
        return np.array([row.category == INCITEMENT for row in self.rows])


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into the manifest beside the weights."""

    calibration: dict[str, tuple[float, ...]]
    """For each level how much the layers' and the wording's logit count, and what is added."""
    thresholds: dict[str, float]


def gather(
    writers: Mapping[str, Sequence[Row]],
    logits: Mapping[str, NDArray[np.float32]],
    near: Mapping[str, Nearnesses],
    line: float,
) -> Unseen:
    """Put the folds together and let the rules read every row, told from there as its fold tells them apart."""
    names = sorted(logits)
    rows = [row for name in names for row in writers[name]]
    nearness = [told for name in names for told in near[name]]
    found = [_by_rules(row.text, KnownNearness(told, line)) for row, told in zip(rows, nearness, strict=True)]
    joined = np.concatenate([logits[name] for name in names]).astype(np.float64)
    ruled, distant, leaning = (np.array(column) for column in zip(*found, strict=True))
    return Unseen(rows, joined, ruled, distant, leaning)


def _by_rules(text: str, told: KnownNearness) -> tuple[int, bool, int]:
    with crisis_told.read_by(told):
        findings = inline(Submission(text)).findings
    level = max((finding.level for finding in findings), default=0)
    leans = level + 1 if leans_to(findings, level + 1) else 0
    return level, level == 1 and semantic.is_distant(findings), leans


def choose(unseen: Unseen) -> Chosen:
    """Fit a calibration for each level, then set every threshold to what its share allows."""
    calibration = {
        key: fitted(unseen.logits[:, :, number], unseen.levels >= number + 1) for number, key in enumerate(_KEYS)
    }
    sure, emergency = (
        sigmoid(unseen.logits[:, :, number] @ np.array(calibration[key][:2]) + calibration[key][2])
        for number, key in ((1, "crisis"), (2, "crisis_3"))
    )
    calm = (unseen.levels == 0) & ~unseen.is_other
    card = _exceeded_by(sure[calm & (unseen.ruled == 0)], FALSE_CARDS)
    distant = _exceeded_by(sure[unseen.distant & (unseen.levels <= 1)], FALSE_DISTANT)
    thresholds = {
        "card": card,
        "card_broad": max(LEAST, _exceeded_by(sure[(unseen.leaning == 2) & (unseen.levels == 0)], BROAD_CARDS)),
        # A rule that says 1 makes danger likelier, so the model need not be surer than without one.
        "raise_one": card,
        "raise_distant": max(distant, card + 0.01),
        "page": max(LEAST_PAGE, _exceeded_by(emergency[(unseen.levels == 2) & (unseen.ruled == 2)], OVER_PAGES)),
        "page_broad": max(LEAST, _exceeded_by(emergency[(unseen.leaning == 3) & (unseen.levels <= 1)], BROAD_PAGES)),
        "page_alone": _exceeded_by(emergency[calm & (unseen.ruled < 2)], FALSE_PAGES),
    }
    return Chosen(calibration, {name: _rounded_up(value) for name, value in thresholds.items()})


def _rounded_up(value: float) -> float:
    """Return three digits, never less than the value: a threshold keeps within its share."""
    return math.ceil(value * 1000 - 1e-9) / 1000


def _exceeded_by(values: Floats, share: float) -> float:
    return float(np.quantile(values, 1 - share))
