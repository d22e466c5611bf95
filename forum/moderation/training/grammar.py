"""Turn sentence patterns into training sentences: "{a|b} c" stands for "a c" and "b c"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
GROUPS = {
    "S": "suicide",
    "H": "self_harm",
    "O": "overdose",
    "W": "withdrawal",
    "A": "abuse",
    "C": "child",
    "T": "threat",
    "P": "third_party",
}
_CHOICE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of a pattern file: kind of help (empty for none), support level 0–3, and the sentence."""

    group: str
    level: int
    sentence: str


def patterns() -> list[Pattern]:
    """Read all shipped pattern files, in a fixed order."""
    lines = [
        line for path in sorted((DATA / "patterns").glob("*.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    return [_parse(line) for line in lines if line]


def everyday() -> list[str]:
    """Read the everyday sentences that surround the one that matters."""
    return (DATA / "everyday.txt").read_text("utf-8").strip().split("|")


def _parse(line: str) -> Pattern:
    group, level, sentence = line.split("|", 2)
    return Pattern(GROUPS.get(group, ""), int(level), sentence)


def expand(sentence: str, random: Random) -> str:
    """Pick one choice for every brace of `sentence`."""
    return _CHOICE.sub(lambda match: random.choice(match.group(1).split("|")), sentence)


def variants(sentence: str, most: int, random: Random) -> list[str]:
    """Return up to `most` different expansions, in the order found."""
    found = dict.fromkeys(expand(sentence, random) for _ in range(most * 3))
    return list(found)[:most]


def restyle(text: str, random: Random) -> str:
    """Write the text as somebody in a hurry might: lower case, no apostrophes, no full stops, a slip of the finger."""
    if random.random() < 0.4:
        text = text.lower()
    if random.random() < 0.25:
        text = text.replace("'", "")
    if random.random() < 0.2:
        text = re.sub(r"[.,:;]", "", text)
    if random.random() < 0.15:
        text = _slip(text, random)
    return text


def _slip(text: str, random: Random) -> str:
    """Swap two neighbouring letters somewhere."""
    if len(text) < 8:
        return text
    at = random.randrange(1, len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
