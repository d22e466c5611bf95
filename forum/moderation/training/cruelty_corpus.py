"""Gather what the cruelty model learns from: invented attacks and look-alikes by author, crisis rows, public texts."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from forum.moderation.evaluation.cruelty_rows import read_cruelty_rows

SHORT_WORDS = 45
"""Of crisis rows and public texts only those up to so many words are drawn: longer ones take most of the time."""

CRISIS_ROWS = 600
"""How many crisis rows are drawn, besides all answers of supporters; whatever dark words they hold, no cruelty."""

NEAR_CATEGORIES = frozenset(
    {
        "dv_current",
        "dv_immediate",
        "threat_others",
        "threat_imminent",
        "third_party_concern",
        "third_party_imminent",
        "grief",
        "idiom",
        "media_fiction",
        "treatment_exercise",
        "education",
    }
)
"""Crisis categories that sound most like cruelty: half of the drawn rows come from these."""

CRISIS_WEIGHT = 0.6
TABLE_WEIGHT = 0.5
TABLE_SHARE = {
    "dyn21": (20, 35),
    "ken20": (70, 50),
    "davidson": (10, 10),
    "civil": (35, 35),
    "goemo_neg": (0, 690),
    "counsel": (0, 900),
    "seed": (20, 50),
    "obf": (10, 10),
}
"""Per source of the table: how many toxic texts that say "you", and how many harmless ones (nine in ten say "you": most
of what a model without them takes for cruelty is kindness to somebody)."""

TOXIC, HARMLESS = 0.7, 0.1
IN_PIECES = "counsel"
LEAST_WORDS = 4
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_YOU = re.compile(r"\b(?:you|your|ur|u|yourself|ya|youre)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One text: cruel to a person in the conversation (1) or not (0), and who wrote it."""

    text: str
    cruel: int
    author: str
    weight: float = 1.0


def author_rows(folder: Path) -> list[Example]:
    """Return the rows of named authors as examples. Raises FileNotFoundError for none."""
    return [Example(row.text, int(row.is_cruel), row.author) for row in read_cruelty_rows(folder)]


def authors_of(rows: Iterable[Example]) -> list[str]:
    """Return the author letters, sorted."""
    return sorted({row.author for row in rows})


def crisis_rows(folder: Path, random: Random, wanted: int = CRISIS_ROWS) -> list[Example]:
    """Draw crisis rows: all that tell somebody to die (cruel, told twice), all supporters' answers, `wanted` others."""
    rows = [row for path in sorted(folder.rglob("*.csv")) for row in _csv_rows(path) if is_short(row["text"])]
    cruel = [row for row in rows if row["category"] == "toxic_incitement"]
    kind = [row for row in rows if row["category"] == "supporter_reply"]
    near = [row for row in rows if row["category"] in NEAR_CATEGORIES]
    other = [row for row in rows if row["category"] not in NEAR_CATEGORIES and row not in cruel and row not in kind]
    drawn = random.sample(near, min(len(near), wanted // 2))
    drawn += random.sample(other, min(len(other), wanted - len(drawn)))
    return [Example(row["text"], int(row in cruel), "crisis", CRISIS_WEIGHT) for row in (*cruel, *cruel, *kind, *drawn)]


def _csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_rows(path: Path, random: Random) -> list[Example]:
    """Draw public texts as TABLE_SHARE says."""
    toxic: dict[str, list[str]] = {}
    harmless: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["src"] in TABLE_SHARE and row["tox"]:
                for text in _told(row, random):
                    _sort_in(text, row, toxic, harmless)
    found = []
    for source, (bad, good) in TABLE_SHARE.items():
        cruel, kind = toxic.get(source, []), harmless.get(source, [])
        found += [Example(text, 1, "table", TABLE_WEIGHT) for text in random.sample(cruel, min(bad, len(cruel)))]
        found += [Example(text, 0, "table", TABLE_WEIGHT) for text in _mostly_to_you(kind, good, random)]
    return found


def _told(row: Mapping[str, str], random: Random) -> Iterator[str]:
    """Yield the text of a row if it is short; a counsellor's answer in pieces of one or two sentences."""
    if row["src"] != IN_PIECES:
        if is_short(row["text"]):
            yield row["text"]
        return
    sentences = [part.strip() for part in _SENTENCE_END.split(row["text"]) if part.strip()]
    while sentences:
        size = random.choice((1, 1, 2))
        piece, sentences = " ".join(sentences[:size]), sentences[size:]
        if len(piece.split()) >= LEAST_WORDS and is_short(piece):
            yield piece


def _sort_in(text: str, row: Mapping[str, str], toxic: dict[str, list[str]], harmless: dict[str, list[str]]) -> None:
    score = float(row["tox"])
    if score >= TOXIC and _YOU.search(text):
        toxic.setdefault(row["src"], []).append(text)
    elif score <= HARMLESS:
        harmless.setdefault(row["src"], []).append(text)


def _mostly_to_you(texts: Sequence[str], wanted: int, random: Random) -> list[str]:
    to_you = [text for text in texts if _YOU.search(text)]
    other = [text for text in texts if not _YOU.search(text)]
    drawn = random.sample(to_you, min(len(to_you), wanted * 9 // 10))
    return drawn + random.sample(other, min(len(other), wanted - len(drawn)))


def is_short(text: str) -> bool:
    """Tell whether a text of the drawn ones is short enough to learn from."""
    return len(text.split()) <= SHORT_WORDS
