"""Gather everything the crisis model learns from: shipped patterns and rows, and the table of public texts."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from forum.moderation.evaluation.cruelty_rows import read_cruelty_rows
from forum.moderation.evaluation.rows import Row
from forum.moderation.scoring.crisis_head import windows
from forum.moderation.training.grammar import Pattern, everyday, expand, patterns, restyle, variants
from forum.moderation.training.windows import danger_in, lessons

INCITEMENT, TALK = "toxic_incitement", "talk"
PATTERN_SHARE, CALM_SHARE, SEED_SHARE, ATTACK_SHARE = 2600, 1300, 200, 1500
"""How many texts of the base are drawn: pattern sentences, calm texts and plain-word seeds of the table, attacks. Rows
written by hand outweigh them; each comes in two versions."""

SHORT_WORDS, CALM_WORDS = 50, 40
"""Up to so many words a row is set beside a calm one of the same writer in its second version."""

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
    """Make examples of hand-written (text, category, level) rows; of long texts window by window, see `lessons`.

    Of level 1 only a whole text is sure to be: a window of it is only known to be no crisis.
    """
    found: list[Example] = []
    for text, category, level in rows:
        parts = lessons(text, level >= 2, danger_in)
        known = None if level == 1 and len(parts) > 1 else level
        group = CATEGORY_GROUP.get(category, "") if level >= 2 else ""
        found += [Example(part, int(level >= 2), known, group, weight) for part in parts]
    return found


def base_examples(path: Path, random: Random) -> list[Example]:
    """Draw the part of the base that is learnt from: patterns, calm texts, plain-word seeds, at half weight."""
    drawn, table = pattern_examples(random), table_examples(path, random)
    calm = [one for one in table if not one.crisis]
    seeds = [one for one in table if one.crisis]
    parts = ((drawn, PATTERN_SHARE), (calm, CALM_SHARE), (seeds, SEED_SHARE))
    return [replace(one, weight=0.5 * one.weight) for all_, share in parts for one in _sample(all_, share, random)]


def _sample(all_: Sequence[Example], share: int, random: Random) -> list[Example]:
    return random.sample(list(all_), min(share, len(all_)))


def hand_written(rows: Sequence[Row]) -> list[Example]:
    """Make examples of rows, each twice: as written, and restyled or beside a calm row of the same writer.

    "Kill yourself" at somebody else is no crisis of its author: level 0, whatever words it holds.
    """
    found: list[Example] = []
    for version in (rows, second_versions(rows)):
        meant = [(row.text, row.category, row.level) for row in version if row.category != INCITEMENT]
        found += row_examples(meant, 1.0)
        found += [Example(row.text, 0, 0) for row in version if row.category == INCITEMENT]
    return found


def second_versions(rows: Sequence[Row]) -> list[Row]:
    """Return every row written another way, by a generator seeded with its own words."""
    calm = [
        row.text for row in rows if row.level == 0 and row.category != INCITEMENT and len(row.text.split()) < CALM_WORDS
    ]
    return [replace(row, text=_second(row.text, calm)) for row in rows]


def _second(text: str, calm: Sequence[str]) -> str:
    random = Random("v" + text)  # noqa: S311  # reproducible, not secret
    if random.random() < 0.5 or len(text.split()) > SHORT_WORDS or not calm:
        return restyle(text, random)
    beside = random.choice(calm)
    first, last = (text, beside) if random.random() < 0.5 else (beside, text)
    return restyle(first.rstrip(" .") + random.choice((". ", ". ", "\n", " ")) + last, random)


def calm_lines(folder: Path, random: Random, without: str = "") -> list[Example]:
    """Return the lines about cruelty as what they are here, nobody's own crisis: all recovery talk, some attacks.

    Lines by the author `without` are left out; what else is drawn stays the same.
    """
    rows = read_cruelty_rows(folder)
    attacks = [row for row in rows if row.is_cruel]
    drawn = random.sample(attacks, min(ATTACK_SHARE, len(attacks)))
    every = [*(row for row in rows if not row.is_cruel), *drawn]
    return [Example(part, 0, weight=0.5) for row in every if row.author != without for part in windows(row.text)]


def talk(folder: Path, author: str) -> list[Row]:
    """Return one author's recovery talk as rows of level 0."""
    rows = read_cruelty_rows(folder)
    return [Row(row.text, TALK, 0, "none", "dev", TALK) for row in rows if row.author == author and not row.is_cruel]


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
    """Return the first window: what strangers wrote at length teaches no more than that."""
    return windows(text)[0]
