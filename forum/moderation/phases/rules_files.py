"""Community rules are data: YAML files of patterns with examples and counter-examples, read once per process.

A pattern is a regular expression over the folded view, in which

    a blank        stands for a blank, comma, dash or apostrophe between two words, never for the end of a sentence
    ~3             stands for up to three words in between
    {drug}         stands for one word or phrase of the list `drug` in words.yaml

Gaps are bounded and separated by characters that cannot be part of a word, so matching takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, get_args

import yaml

from forum.core import yamldata
from forum.moderation.verdict import Mode, Severity

RULES = Path(__file__).parent.parent / "data" / "rules"
_BLANK = r"(?:[^\w.!?;\n]{1,3})"
_GAP = _BLANK.join(("(?:", r"\w+(?:\.\d+)?){0,N}"))
_LIST = re.compile(r"\{([a-z_]+)\}")
_WORD = re.compile(r"[a-z0-9]+")
_BLANKED = "".join(char if char in ascii_lowercase + digits else " " for char in map(chr, range(128)))


class RulesError(Exception):
    """A rule file is missing, unreadable or wrong; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a rule file."""

    id: str
    code: str
    category: str
    phase: str
    mode: Mode
    severity: Severity
    says: str
    version: str
    pattern: re.Pattern[str]
    needs: frozenset[str]
    """The rule is only tried on a text with one of these words; empty: always."""
    unless: tuple[re.Pattern[str], ...]
    """Found in the sentence of the match, each of these says that it is meant otherwise."""
    unless_before: re.Pattern[str] | None
    """The same, in what stands before the match in its sentence."""
    also: re.Pattern[str] | None
    """Must be found somewhere in the text as well."""
    holds_up_to_trust: int
    """Authors trusted more than this are only flagged."""
    matches: tuple[str, ...]
    passes: tuple[str, ...]

    def mode_for(self, trust: int, mode: Mode | None = None) -> Mode:
        """Return what the rule may do to an author of this trust; `mode` is the forum's own choice, if it made one."""
        mode = mode or self.mode
        return "flag" if mode == "hold" and trust > self.holds_up_to_trust else mode


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of all files, and the word lists they share."""

    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[str, ...]]

    def of(self, phase: str) -> tuple[Rule, ...]:
        """Return the rules one phase runs."""
        return tuple(rule for rule in self.rules if rule.phase == phase)


@cache
def rules() -> Rules:
    """Return the shipped rules. Raises RulesError, at every call, while a file is missing or wrong."""
    return load(RULES)


@cache
def rules_of(phase: str) -> tuple[Rule, ...]:
    """Return the shipped rules of one phase, those that are switched off too: a forum may switch them on."""
    return rules().of(phase)


def load(folder: Path) -> Rules:
    """Read every rule file of a folder."""
    lists = dict(_lists(folder))
    found: list[Rule] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "words.yaml":
            found += _file(path, lists)
    if not found:
        raise RulesError(f"No rules in {folder.name}.")
    doubled = {rule.id for rule in found if sum(other.id == rule.id for other in found) > 1}
    if doubled:
        raise RulesError(f"Rule ids used twice: {', '.join(sorted(doubled))}.")
    return Rules(tuple(found), lists)


def _lists(folder: Path) -> Iterable[tuple[str, tuple[str, ...]]]:
    content = _read(folder / "words.yaml")
    try:
        return [(name, tuple(_text(word) for word in words)) for name, words in content["lists"].items()]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RulesError(f"words.yaml is wrong: {error}.") from error


def _text(word: object) -> str:
    """Return a word. YAML reads an unquoted off, on, yes or no as true or false: refused, or a rule would go deaf."""
    if not isinstance(word, str):
        raise ValueError(f"{word!r} is not a word, put it in quotes")
    return word


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yamldata.parse(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RulesError(f"{path.name} cannot be read: {type(error).__name__}.") from error
    if not isinstance(content, dict) or "version" not in content:
        raise RulesError(f"{path.name} is not a versioned mapping.")
    return content


def _file(path: Path, lists: Mapping[str, tuple[str, ...]]) -> list[Rule]:
    head = _read(path)
    try:
        return [_rule(head, {**head, **entry}, lists) for entry in head["entries"]]
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise RulesError(f"{path.name} is wrong: {error}.") from error


def _rule(head: Mapping[str, Any], raw: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> Rule:
    if raw["mode"] not in get_args(Mode):
        raise ValueError(f"{raw['id']}: mode {raw['mode']!r}")
    if len(raw["matches"]) < 1 or len(raw["passes"]) < 2:
        raise ValueError(f"{raw['id']}: needs an example and two counter-examples")
    shared = head.get("unless") if raw.get("unless") != head.get("unless") else None
    return Rule(
        id=str(raw["id"]),
        code=str(raw["code"]),
        category=str(raw["category"]),
        phase=str(raw.get("phase", "community_rules")),
        mode=raw["mode"],
        severity=raw["severity"],
        says=str(raw["says"]),
        version=str(raw["version"]),
        pattern=compiled(raw["pattern"], lists),
        needs=frozenset(_needs(raw.get("needs", ()), lists)),
        unless=tuple(compiled(text, lists) for text in (raw.get("unless"), shared) if text),
        unless_before=compiled(raw["unless_before"], lists) if raw.get("unless_before") else None,
        also=compiled(raw["also"], lists) if raw.get("also") else None,
        holds_up_to_trust=int(raw.get("holds_up_to_trust", 3)),
        matches=tuple(_text(text) for text in raw["matches"]),
        passes=tuple(_text(text) for text in raw["passes"]),
    )


def _needs(words: Iterable[str], lists: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Return the words of a `needs` line; a list name stands for the first words of its phrases, plurals included."""
    for word in words:
        if match := _LIST.fullmatch(_text(word)):
            for phrase in lists[match.group(1)]:
                first = words_in_order(phrase)[0]
                yield from (first, first + "s") if first == phrase else (first,)
        else:
            yield word


def compiled(pattern: str, lists: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    """Return the regular expression of a pattern."""

    def listed(match: re.Match[str]) -> str:
        return "(?:" + _any_of(lists[match.group(1)]) + ")s?"

    text = re.sub(r"\s*\n\s*", "", pattern.strip())
    text = _LIST.sub(listed, text)
    text = re.sub(r" *~(\d) *", lambda match: _GAP.replace("N", match.group(1)) + _BLANK, text)
    return re.compile(text.replace(" ", _BLANK))


Branches = dict[str, "Branches"]
"""The next letters of some phrases, each with what follows it; an empty letter where one of them ends."""


def _any_of(phrases: Iterable[str]) -> str:
    """Return an expression for one of the phrases, longest first, beginnings shared: the engine tries words in turn."""
    root: Branches = {}
    for phrase in phrases:
        branch = root
        for char in phrase:
            branch = branch.setdefault(char, {})
        branch[""] = {}
    return _written(root)


def _written(branches: Branches) -> str:
    parts = [(char if char == " " else re.escape(char)) + _written(after) for char, after in branches.items() if char]
    if "" not in branches and len(parts) == 1:
        return parts[0]
    return "(?:" + "|".join([*parts, ""] if "" in branches else parts) + ")" if parts else ""


def words_in_order(folded: str) -> list[str]:
    """Return the words of a folded text."""
    return _WORD.findall(folded)


def words_of(folded: str) -> frozenset[str]:
    """Return the words of a folded text without order, for `needs`."""
    return frozenset(folded.translate(_BLANKED).split() if folded.isascii() else _WORD.findall(folded))
