"""Run every phase over one text, never stop early, decide once.

A phase that raises is recorded by its class name and counts for nothing against the author; a scorer that is late or
dead leaves the text to the rules and marks it for another look. What is missing is written down, never guessed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

from forum.moderation.decide import decide, stricter
from forum.moderation.phases import INLINE, SCORED, crisis, crisis_told, semantic
from forum.moderation.phases.normalise import TextViews, views_of
from forum.moderation.policy import DEFAULT_POLICY, Policy
from forum.moderation.scoring.protocol import ScorerUnavailable
from forum.moderation.verdict import (
    LABELS,
    MAX_TEXT_CHARS,
    Finding,
    PhaseFailure,
    ScanState,
    Scores,
    Submission,
    Verdict,
)

NO_SCORES = Scores(scorer="off", labels={})
RESCAN_DEADLINE_SECONDS = 10.0
_reading, _has_read = threading.Lock(), threading.Event()


class ScoresText(Protocol):
    """The one thing the pipeline asks of a scorer."""

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Score one text or raise ScorerUnavailable."""


@dataclass(frozen=True, slots=True)
class Inline:
    """What the inline phases say, before any model was asked."""

    views: TextViews
    findings: tuple[Finding, ...]
    failures: tuple[PhaseFailure, ...] = ()

    @property
    def unread(self) -> tuple[Finding, ...]:
        """What they say of a text that no model will read: broad crisis words count in full."""
        return tuple(crisis.unread(self.findings))


def screen(
    sub: Submission, scorer: ScoresText | None, *, deadline_seconds: float, policy: Policy = DEFAULT_POLICY
) -> Verdict:
    """Return the verdict on one text. Never raises for anything the text or a phase does.

    `scorer` is None where the forum runs on rules alone by choice; one that cannot answer raises ScorerUnavailable, and
    the verdict is then marked `pending` for `rescreen`.
    """
    started = perf_counter()
    sub = _capped(sub)
    found = inline(sub)
    scores, missing = _scores(sub.text, scorer, deadline_seconds)
    findings, failures = list(found.findings), [*found.failures, *missing]
    for phase in SCORED:
        _guarded(phase.name, lambda p=phase: p.run(sub, found.views, scores, tuple(findings)), findings, failures)  # type: ignore[misc]
    if scores.crisis is None or any(failure.phase == semantic.PHASE for failure in failures):
        findings = crisis.unread(findings)
    verdict = decide(sub, findings, policy=policy)
    return replace(
        verdict,
        scorer=scores.scorer,
        scan_state=_scan_state(failures),
        failures=tuple(failures),
        ms=(perf_counter() - started) * 1000,
    )


def rescreen(
    sub: Submission,
    scorer: ScoresText | None,
    *,
    before: Verdict | None = None,
    deadline_seconds: float = RESCAN_DEADLINE_SECONDS,
    policy: Policy = DEFAULT_POLICY,
) -> Verdict:
    """Look again at a text that was decided without scores. Only adds to the verdict of `before`."""
    after = screen(sub, scorer, deadline_seconds=deadline_seconds, policy=policy)
    return after if before is None else stricter(before, after)


def inline(sub: Submission) -> Inline:
    """Run all inline phases: no model, no network, at most a few milliseconds for 8,000 characters."""
    if _has_read.is_set():
        return _inline(sub)
    # The first text of a process reads lexicon and rules, which takes seconds. After a restart under load every thread
    # has a text in hand; each reading for itself kept the place shut for a minute.
    with _reading:
        found = _inline(sub)
        _has_read.set()
    return found


def _inline(sub: Submission) -> Inline:
    sub = _capped(sub)
    findings: list[Finding] = []
    failures: list[PhaseFailure] = []
    views = _views(sub.text, failures)
    for phase in INLINE:
        _guarded(phase.name, lambda p=phase: p.run(sub, views), findings, failures)  # type: ignore[misc]
    return Inline(views, tuple(findings), tuple(failures))


def _capped(sub: Submission) -> Submission:
    return sub if len(sub.text) <= MAX_TEXT_CHARS else replace(sub, text=sub.text[:MAX_TEXT_CHARS])


def _views(text: str, failures: list[PhaseFailure]) -> TextViews:
    try:
        return views_of(text)
    except Exception as error:
        failures.append(PhaseFailure("normalise", type(error).__name__))
        return TextViews(text, text, text.lower())


def _guarded(
    name: str, run: Callable[[], list[Finding]], findings: list[Finding], failures: list[PhaseFailure]
) -> None:
    """Add what a phase found, or the name of what broke. Messages of errors may quote the text: left out."""
    try:
        findings += run()
    except Exception as error:
        failures.append(PhaseFailure(name, type(error).__name__))


def _scores(text: str, scorer: ScoresText | None, deadline_seconds: float) -> tuple[Scores, list[PhaseFailure]]:
    if scorer is None or not text.strip():
        return NO_SCORES, []
    try:
        scores = scorer.score(text, deadline_seconds=deadline_seconds)
        if not _is_sound(scores):
            return NO_SCORES, [PhaseFailure("scorer", "GarbageScores")]
    except ScorerUnavailable as error:
        return NO_SCORES, [] if error.reason == "off" else [PhaseFailure("scorer", f"ScorerUnavailable:{error.reason}")]
    except Exception as error:
        return NO_SCORES, [PhaseFailure("scorer", type(error).__name__)]
    return scores, []


def _is_sound(scores: Scores) -> bool:
    """Tell whether every number is a probability and the labels are ours. A model gone wrong must not judge anybody."""
    values = [*scores.labels.values(), *(scores.embedded or {}).values()]
    values += [*scores.crisis_detail.values(), *(one for one in (scores.crisis, scores.cruelty) if one is not None)]
    known = scores.labels.keys() <= {*LABELS, "crisis"}
    return known and all(math.isfinite(value) and 0.0 <= value <= 1.0 for value in values)


def _scan_state(failures: list[PhaseFailure]) -> ScanState:
    return "pending" if failures else "done"


def problems() -> tuple[str, ...]:
    """Return what keeps the pipeline from being trusted, one sentence each; empty when it is ready to serve.

    Also reads what is read once per process (lexicon, rules, told danger, telephone numbering plans).
    """
    found = inline(Submission("i am going to kill myself tonight, call me on 020 7946 0018"))
    sentences = [f"The {failure.phase} check fails: {failure.error}." for failure in found.failures]
    if max((finding.level for finding in found.findings), default=0) < 3:
        sentences.append("The crisis check does not recognise its own test sentence.")
    try:
        crisis_told.reader()
    except crisis_told.ToldError as error:
        sentences.append(f"Told danger is not told apart, so more cards are shown: {error}.")
    return tuple(sentences)
