"""Load the crisis lexicon: concepts, entries, frames and combinations, each checked as it is read.

The lexicon is data (`moderation/data/crisis/*.yaml`), versioned, with examples and counter-examples per entry that run
as tests. A file that is missing, unreadable or wrong raises LexiconError with the file and the entry: half a lexicon
would look like a quiet evening.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from forum.core import yamldata
from forum.moderation.phases.crisis_patterns import Grammar, Pattern, PatternError

DIRECTORY = Path(__file__).resolve().parent.parent / "data" / "crisis"
FRAME_KINDS = (
    "past",
    "that_was",
    "stable",
    "leak",
    "recent",
    "education",
    "fiction",
    "joke",
    "serious",
    "exercise",
    "reported",
)
MIN_COUNTER_EXAMPLES = 2

Subject = Literal["self", "other", "none"]


class LexiconError(RuntimeError):
    """The crisis lexicon is missing or wrong. Never swallowed: without it nobody is being watched over."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts an entry must and must not fire on."""

    fires: tuple[str, ...]
    quiet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing people say, in many wordings, with what it means when nothing dampens it."""

    id: str
    category: str
    """Empty for entries that only give a signal; with level 0, a mark on texts that are a crisis anyway."""
    level: int
    subject: Subject
    signals: frozenset[str]
    """Names combinations may ask for: the id, the category, and any listed."""
    patterns: tuple[Pattern, ...]
    unless: Pattern | None
    """Words in the same sentence that give it another meaning."""
    immune: frozenset[str]
    """Frame kinds that do not lower it; "negation" switches the negation check off, "told" `crisis_told`."""
    explicit: bool
    """Plain first-person words: jokes, stories and information in the same sentence do not hide it."""
    broad: int
    """How many levels less it is worth alone: its words stand in calm texts as well (lessons, answers to somebody), so
    a second reader decides."""
    says: str
    examples: Examples


@dataclass(frozen=True, slots=True)
class Frame:
    """A way of speaking that changes what the sentence around it means."""

    id: str
    kind: str
    patterns: tuple[Pattern, ...]
    examples: Examples


@dataclass(frozen=True, slots=True)
class Combination:
    """Signals that mean more together than apart."""

    id: str
    category: str
    level: int
    subject: Subject
    needs: tuple[frozenset[str], ...]
    within: Literal["sentence", "near", "text"]
    unless: frozenset[str]
    broad: int
    """As for entries."""
    says: str
    examples: Examples


Pair = tuple[Entry | Frame, Pattern]
Wanted = tuple[int, Pair]
"""A pattern with the bits of all the needs that must be met before it is worth trying."""
Known = tuple[int, tuple[Wanted, ...]]
"""One bit per need a word meets, and the patterns it points to: each has one need by which it is found.

The bits of the words of a sentence, or-ed, tell which patterns can match there.
"""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the engine reads, and an index from words to the patterns they may start."""

    version: str
    entries: tuple[Entry, ...]
    frames: tuple[Frame, ...]
    combinations: tuple[Combination, ...]
    combining: Mapping[str, tuple[int, ...]]
    """For each signal the combinations, by number, whose first need it meets."""
    words: Mapping[str, Known]
    """For each word, or two side by side, that matter: the needs met and the patterns in one sentence pointed to."""
    crossing: tuple[Wanted, ...]
    """The few patterns that reach over the end of a sentence."""


@cache
def lexicon() -> Lexicon:
    """Return the shipped lexicon, read once per process. A failure is raised at every call, never remembered."""
    return load(DIRECTORY)


def compile_rest(pause: Callable[[float], None]) -> None:
    """Compile what no text has needed yet, pausing after each so that posts go first.

    Args:
        pause: told how many seconds the last one took; the busier the process, the longer.
    """
    ready = lexicon()
    unless = (entry.unless for entry in ready.entries if entry.unless is not None)
    for pattern in (*(found for _item, found in (*_pairs(ready.entries), *_pairs(ready.frames))), *unless):
        started = time.monotonic()
        # Compiled by being asked for, in the form it is first asked for in.
        pattern.regex if pattern.crosses or pattern.heads is None else pattern.at_word  # noqa: B018
        pause(time.monotonic() - started)


def load(directory: Path) -> Lexicon:
    """Read and check a lexicon directory. Raises LexiconError."""
    try:
        return _load(directory)
    except LexiconError:
        raise
    except (OSError, UnicodeDecodeError, yaml.YAMLError, PatternError, KeyError, TypeError, ValueError) as error:
        raise LexiconError(f"crisis lexicon cannot be read: {error}") from error


def _load(directory: Path) -> Lexicon:
    concepts = _read(directory / "concepts.yaml")
    grammar = Grammar({name: list(_lines(concepts["concepts"], name)) for name in concepts["concepts"]})
    files = [_read(path) for path in sorted(directory.glob("entries_*.yaml"))]
    if not files:
        raise LexiconError("crisis lexicon cannot be read: no entries_*.yaml files")
    entries = tuple(_entry(grammar, raw) for file in files for raw in file["entries"])
    framing = _read(directory / "frames.yaml")
    frames = tuple(_frame(grammar, raw) for raw in framing["frames"])
    joined = _read(directory / "combinations.yaml")
    combinations = tuple(_combination(raw) for raw in joined["combinations"])
    _check_names(entries, frames, combinations)
    words, crossing = _index((*entries, *frames))
    combining = _combining(combinations)
    return Lexicon(str(concepts["version"]), entries, frames, combinations, combining, words, crossing)


def _read(path: Path) -> dict[str, Any]:
    content = yamldata.parse(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not content.get("version"):
        raise LexiconError(f"crisis lexicon cannot be read: {path.name} is not a versioned mapping")
    return content


def _lines(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, ())
    if isinstance(value, str) or not all(isinstance(line, str) for line in value):
        raise LexiconError(f"crisis lexicon: {raw.get('id')}: {key} must be a list of lines")
    return tuple(value)


def _examples(raw: Mapping[str, Any]) -> Examples:
    examples = Examples(_lines(raw, "fires"), _lines(raw, "quiet"))
    if len(examples.fires) < 1 or len(examples.quiet) < MIN_COUNTER_EXAMPLES:
        raise LexiconError(f"crisis lexicon: {raw.get('id')}: needs an example and two counter-examples")
    return examples


def _entry(grammar: Grammar, raw: Mapping[str, Any]) -> Entry:
    category = str(raw.get("category", ""))
    level = int(raw.get("level", 0))
    if not 0 <= level <= 3 or (level and not category) or bool(category) != bool(raw.get("says")):
        raise LexiconError(f"crisis lexicon: {raw.get('id')}: level, category and says go together")
    return Entry(
        id=raw["id"],
        category=category,
        level=level,
        subject=raw.get("subject", "self"),
        signals=frozenset({raw["id"], category, *_lines(raw, "signals")} - {""}),
        patterns=tuple(grammar.pattern(line) for line in _lines(raw, "any")),
        unless=grammar.union(_lines(raw, "unless")),
        immune=frozenset(_lines(raw, "immune")),
        explicit=bool(raw.get("explicit", False)),
        broad=int(raw.get("broad", 0)),
        says=str(raw.get("says", "")),
        examples=_examples(raw),
    )


def _frame(grammar: Grammar, raw: Mapping[str, Any]) -> Frame:
    if raw["kind"] not in FRAME_KINDS:
        raise LexiconError(f"crisis lexicon: {raw['id']}: unknown kind {raw['kind']!r}")
    patterns = tuple(grammar.pattern(line) for line in _lines(raw, "any"))
    return Frame(raw["id"], raw["kind"], patterns, _examples(raw))


def _combination(raw: Mapping[str, Any]) -> Combination:
    return Combination(
        id=raw["id"],
        category=raw["category"],
        level=int(raw["level"]),
        subject=raw.get("subject", "self"),
        needs=tuple(frozenset(line.split("|")) for line in _lines(raw, "needs")),
        within=raw.get("within", "near"),
        unless=frozenset(_lines(raw, "unless")),
        broad=int(raw.get("broad", 0)),
        says=raw["says"],
        examples=_examples(raw),
    )


def _combining(combinations: Iterable[Combination]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for number, combination in enumerate(combinations):
        for signal in sorted(combination.needs[0]):
            found[signal] = (*found.get(signal, ()), number)
    return found


def _check_names(entries: tuple[Entry, ...], frames: tuple[Frame, ...], combinations: tuple[Combination, ...]) -> None:
    """Refuse doubled ids and combinations that wait for a signal nobody gives."""
    ids = [one.id for one in entries] + [one.id for one in frames] + [one.id for one in combinations]
    if doubled := {name for name in ids if ids.count(name) > 1}:
        raise LexiconError(f"crisis lexicon: ids used twice: {sorted(doubled)}")
    given = {signal for entry in entries for signal in entry.signals} | {frame.kind for frame in frames}
    for combo in combinations:
        if missing := {name for need in (*combo.needs, combo.unless) for name in need} - given:
            raise LexiconError(f"crisis lexicon: {combo.id}: unknown signals {sorted(missing)}")


def _index(items: tuple[Entry | Frame, ...]) -> tuple[dict[str, Known], tuple[Wanted, ...]]:
    """Raises LexiconError for a pattern that no word points to: it would have to be tried on every sentence."""
    pairs = tuple(_pairs(items))
    # What most patterns ask for gets the lowest bits, so that the numbers to compare stay short.
    asked = Counter(need for _, pattern in pairs for need in _still_wanted(pattern))
    bits = {need: 1 << place for place, (need, _) in enumerate(asked.most_common())}
    meets: dict[str, int] = {}
    for need, bit in bits.items():
        for word in need:
            meets[word] = meets.get(word, 0) | bit
    pointing: dict[str, list[Wanted]] = {word: [] for word in meets}
    crossing: list[Wanted] = []
    for pair in pairs:
        pattern = pair[1]
        wanted = (sum(bits[need] for need in _still_wanted(pattern)), pair)
        if pattern.crosses:
            crossing.append(wanted)
            continue
        for word in pattern.needs[0]:
            pointing.setdefault(word, []).append(wanted)
    return {word: (meets.get(word, 0), tuple(found)) for word, found in pointing.items()}, tuple(crossing)


def _still_wanted(pattern: Pattern) -> tuple[frozenset[str], ...]:
    """Return the needs to check: the first is met by the word that points to a pattern within one sentence."""
    return pattern.needs if pattern.crosses else pattern.needs[1:]


def _pairs(items: tuple[Entry | Frame, ...]) -> Iterator[Pair]:
    for item in items:
        if not item.patterns:
            raise LexiconError(f"crisis lexicon: {item.id}: no patterns")
        for pattern in item.patterns:
            if not pattern.needs:
                raise LexiconError(f"crisis lexicon: {item.id}: nothing in {pattern.source!r} must be there")
            yield item, pattern
