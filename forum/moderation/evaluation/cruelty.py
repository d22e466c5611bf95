"""Measure what happens to attacks and to talk that only sounds like one, by author, and write it down.

Texts go through the whole pipeline twice: with the shipped weights, which have learnt from these rows, and, for authors
whose rows were scored by weights that had not seen them, with those scores. Only the second says something about text
that is new to the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from forum.moderation.evaluation.cruelty_rows import CrueltyRow, authors_of, key_of, read_cruelty_rows, read_unseen
from forum.moderation.evaluation.judge import screener
from forum.moderation.evaluation.markdown import share_words, table
from forum.moderation.evaluation.measure import Share
from forum.moderation.phases.cruelty import lines
from forum.moderation.scoring.factory import load_local
from forum.moderation.verdict import Scores, Verdict

URGENT = ("T0", "T1", "T2")
QUEUED = (*URGENT, "T3")
CRISIS_LEVEL = 2

_INTRO = """\
Attacks are aimed at a member of the conversation: contempt, humiliation, mock sympathy, veiled threats, telling
somebody to use or to disappear, shaming medication, blaming the bereaved; most hold no slur. The others are recovery
talk that sounds like it: swearing, self-insult, quoted cruelty, blunt care, jokes between friends, anger at substances
and offices.
Goals: attacks held at least 75 %, recovery talk held at most 1 % and in lanes T0–T2 at most 3 %.
"""

LIMITS = """\
## Limits

- Invented rows, English only, twelve authors with one idea of what a forum sounds like. Expect less on real posts.
- "unseen" rows are unseen by the weights, not by the eyes of those who wrote rules and chose lines.
- Cruelty that only the conversation explains ("remember the coffin emojis?") is found by people, through reports.
- A person spoken of ("look at the state of her") may be a member or somebody elsewhere: without a handle people look.
- Recovery talk in T0–T2 counts crisis cards too (level 2 goes to people); the last column leaves those out.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One row and its verdict."""

    row: CrueltyRow
    verdict: Verdict

    @property
    def is_held(self) -> bool:
        """Tell whether the text waits for people."""
        return self.verdict.visibility == "held"

    def is_in(self, lanes: Sequence[str]) -> bool:
        """Tell whether people are asked, this soon."""
        return self.is_held or self.verdict.lane in lanes

    @property
    def is_urgent_by_cruelty(self) -> bool:
        """Tell whether it is in T0–T2 for anything but the author's own crisis."""
        return self.is_in(URGENT) and (self.is_held or self.verdict.support_level < CRISIS_LEVEL)


class _Known:
    """Scores from a table; `cruelty` replaced by what unseen weights said, where there is such a number."""

    def __init__(self, known: Mapping[str, Scores], unseen: Mapping[str, float] | None = None) -> None:
        self._known = known
        self._unseen = unseen

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Return the scores of a known text."""
        found = self._known[text]
        return found if self._unseen is None else replace(found, cruelty=self._unseen[key_of(text)])


def evaluate_cruelty(folder: Path, out: Path, model: Literal["embedded", "off"], today: date) -> Iterator[str]:
    """Judge all rows, write `cruelty.md` into `out`, and yield progress lines.

    Raises FileNotFoundError without rows, RuntimeError where the cruelty model was asked for and is not there.
    """
    rows = read_cruelty_rows(folder)
    scorer = load_local(model, None)
    texts = list(dict.fromkeys(row.text for row in rows))
    known = dict(zip(texts, scorer.score_many(texts), strict=True))
    if model != "off" and known[texts[0]].cruelty is None:
        raise RuntimeError(f"there is no cruelty model: {scorer.status().detail}")
    shipped = _judged(rows, screener(_Known(known)))
    unseen = _unseen(rows, known, read_unseen(folder))
    head = [
        "# Cruelty to others",
        f"Measured {today.isoformat()} by `python -m forum.moderation.evaluation`.",
        f"Model `{scorer.version}`, lines {_lines()}.",
        _INTRO,
    ]
    parts = [*_section("Weights that had not seen the author", unseen), *_section("Shipped weights", shipped)]
    alone = _judged(rows, screener(None))
    text = "\n\n".join([*head, *parts, *_section("Rules alone, no model", alone), LIMITS])
    out.mkdir(parents=True, exist_ok=True)
    (out / "cruelty.md").write_text(text, encoding="utf-8")
    yield f"cruelty: {len(rows)} rows judged"
    yield f"written: {out / 'cruelty.md'}"


def _lines() -> str:
    found = lines()
    return f"hold {found.hold}, review {found.review}, agree {found.agree}, excuse {found.excuse}"


def _judged(rows: Sequence[CrueltyRow], screen: Callable[[str], Verdict]) -> list[Seen]:
    return [Seen(row, screen(row.text)) for row in rows]


def _unseen(
    rows: Sequence[CrueltyRow], known: Mapping[str, Scores], logits: Mapping[str, Mapping[str, float]]
) -> list[Seen]:
    found: list[Seen] = []
    for author, by_key in logits.items():
        screen = screener(_Known(known, {key: 1 / (1 + math.exp(-logit)) for key, logit in by_key.items()}))
        found += _judged([row for row in rows if row.author == author and key_of(row.text) in by_key], screen)
    return found


def _section(title: str, seen: Sequence[Seen]) -> list[str]:
    """Return a heading and one line per author and kind, with 95 % intervals."""
    header = ["author", "rows", "held", "held or in T0–T3", "in T0–T2", "in T0–T2, crisis left out"]
    groups = [[one] for one in authors_of(one.row for one in seen)]
    groups += [authors_of(one.row for one in seen)] if len(groups) > 1 else []
    parts = [f"## {title}"]
    for is_cruel, kind in ((True, "Attacks"), (False, "Recovery talk")):
        chosen = [one for one in seen if one.row.is_cruel == is_cruel]
        body = [_line(group, [one for one in chosen if one.row.author in group]) for group in groups]
        parts += [f"### {kind}", table(header, body)]
    return parts


def _line(authors: Sequence[str], seen: Sequence[Seen]) -> list[str]:
    def share(counts: Callable[[Seen], bool]) -> str:
        return share_words(Share(sum(map(counts, seen)), len(seen)))

    return [
        authors[0] if len(authors) == 1 else "all",
        str(len(seen)),
        share(lambda one: one.is_held),
        share(lambda one: one.is_in(QUEUED)),
        share(lambda one: one.is_in(URGENT)),
        share(lambda one: one.is_urgent_by_cruelty),
    ]
