"""Gather everything the crisis model learns from: shipped patterns and rows, and the table of public texts."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from forum.moderation.training.grammar import Pattern, everyday, expand, patterns, restyle, variants

MAX_WORDS = 90
"""About what fits the encoder; longer training texts are cut, because nobody says where in them the label lies."""

TABLE_SHARE = {"goemo_neg": 2000, "counsel": 1500, "civil": 300, "davidson": 300, "dyn21": 300, "ken20": 200}
"""How many texts of each source are drawn, all of level 0; of `seed` (our own grammar) every crisis row is taken."""

CATEGORY_GROUP = {
    "ideation_passive": "suicide",
    "ideation_active": "suicide",
    "plan_intent_means": "suicide",
    "goodbye": "suicide",
    "attempt_in_progress": "suicide",
    "method_seeking": "suicide",
    "algospeak": "suicide",
    "self_harm": "self_harm",
    "eating_disorder_acute": "self_harm",
    "psychosis": "self_harm",
    "overdose_now": "overdose",
    "overdose_risk": "overdose",
    "withdrawal_emergency": "withdrawal",
    "withdrawal_risk": "withdrawal",
    "dv_current": "abuse",
    "dv_immediate": "abuse",
    "sexual_violence": "abuse",
    "child_at_risk": "child",
    "child_immediate": "child",
    "threat_others": "threat",
    "threat_imminent": "threat",
    "third_party_concern": "third_party",
    "third_party_imminent": "third_party",
}
"""Which kind of help a crisis category of the taxonomy leads to."""


@dataclass(frozen=True, slots=True)
class Example:
    """One training text. `level` None means: only known to be below 2 (0) or at least 2 (1), see `crisis`."""

    text: str
    crisis: int
    level: int | None = None
    group: str = ""
    weight: float = 1.0


def pattern_examples(random: Random, each: int = 7) -> list[Example]:
    """Expand every shipped pattern alone and inside everyday talk."""
    known = patterns()
    harmless = [one.sentence for one in known if one.level == 0]
    return [
        Example(text, int(one.level >= 2), one.level, one.group)
        for one in known
        for text in _told(one, each, harmless, random)
    ]


def _told(one: Pattern, each: int, harmless: Sequence[str], random: Random) -> Iterator[str]:
    found = variants(one.sentence, each, random)
    # A sentence without choices is worth more than one of seven like it: it is told three times.
    for sentence in found if len(found) > 1 else found * 3:
        yield restyle(sentence, random)
    for _ in range(2):
        yield restyle(surround(expand(one.sentence, random), harmless, random), random)


def surround(sentence: str, harmless: Sequence[str], random: Random) -> str:
    """Hide a sentence among one to seven everyday ones."""
    around = random.sample(everyday(), random.choice((1, 2, 3, 5, 7)))
    around = [part.replace("{n}", str(random.randrange(2, 400))) for part in around]
    if random.random() < 0.3:
        around.append(expand(random.choice(harmless), random))
    around.insert(random.randrange(len(around) + 1), sentence)
    return " ".join(part.rstrip(".,") + random.choice((".", ".", ".", ",", "")) for part in around)


def row_examples(rows: Iterable[tuple[str, str, int]], weight: float = 2.0) -> list[Example]:
    """Make examples of hand-written (text, category, level) rows; texts too long for one window are left out."""
    return [
        Example(text, int(level >= 2), level, CATEGORY_GROUP.get(category, "") if level >= 2 else "", weight)
        for text, category, level in rows
        if len(text.split()) <= MAX_WORDS
    ]


def table_examples(path: Path, random: Random) -> list[Example]:
    """Draw level-0 texts from the table, and take over the plain-word seeds, both classes."""
    by_source: dict[str, list[tuple[str, str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            by_source.setdefault(row["src"], []).append((row["text"], row["crisis"]))
    seeds = [(text, int(float(crisis))) for text, crisis in by_source.get("seed", []) if crisis]
    found = [Example(_cut(text), 1, weight=0.5) for text, crisis in seeds if crisis]
    harmless = [text for text, crisis in seeds if not crisis]
    found += [Example(_cut(text), 0, weight=0.5) for text in random.sample(harmless, min(1200, len(harmless)))]
    for source, share in TABLE_SHARE.items():
        known = [text for text, crisis in by_source.get(source, []) if crisis and float(crisis) == 0]
        drawn = random.sample(known, min(share, len(known)))
        found += [Example(_cut(text), 0, weight=0.5) for text in drawn]
    return found


def _cut(text: str) -> str:
    return " ".join(text.split()[:MAX_WORDS])
