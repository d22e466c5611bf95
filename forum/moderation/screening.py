"""Screen texts outside of the forum: one JSON object per line in, one out, in the same order, nothing stored.

What operators run as `flask forum screen`; also `python -m forum.moderation.screening [auto|embedded|off]`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast, get_args

from forum.moderation.pipeline import ScoresText, problems, screen
from forum.moderation.verdict import Author, Finding, Submission, Surface, Verdict

SURFACES: dict[str, Surface] = {"post": "post", "chat": "chat", "conversation": "conversation"}
DEADLINE_SECONDS = 30.0
"""Nobody waits for a post here; the deadline only guards against a hanging model."""
MAX_LINE_CHARS = 8_192
"""8 KB of plain text; the pipeline reads the first 8,000 characters, which is the limit of a post."""
ESTABLISHED_POSTS = 10


class BadLine(ValueError):
    """A line cannot be screened; the message says why, `line_id` is given back when it could be read."""

    def __init__(self, message: str, line_id: object = None) -> None:
        super().__init__(message)
        self.line_id = line_id


def screen_lines(lines: Iterable[str], scorer: ScoresText | None) -> Iterator[str]:
    """Yield one line of JSON for each line that is not blank, as soon as it is known."""
    for answer in _answers(lines, scorer):
        yield json.dumps(answer, ensure_ascii=True)


def _answers(lines: Iterable[str], scorer: ScoresText | None) -> Iterator[dict[str, Any]]:
    return (_screened(line, scorer) for line in lines if line.strip())


def _screened(line: str, scorer: ScoresText | None) -> dict[str, Any]:
    try:
        line_id, sub = read_line(line)
    except BadLine as error:
        return {"id": error.line_id, "error": str(error)}
    return as_output(line_id, screen(sub, scorer, deadline_seconds=DEADLINE_SECONDS))


def read_line(line: str) -> tuple[object, Submission]:
    """Return the id and the submission of one line.

    Raises BadLine with one sentence. Without `trust` the text counts as an established member's.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine("This line is not JSON.") from error
    if not isinstance(row, dict):
        raise BadLine("This line is not a JSON object.")
    line_id = row.get("id")
    if isinstance(line_id, (dict, list)):
        raise BadLine("The id must be text or a number.")
    return line_id, _submission(row, line_id)


def _submission(row: dict[str, Any], line_id: object) -> Submission:
    text, surface, trust = row.get("text"), row.get("surface", "post"), row.get("trust")
    if not isinstance(text, str):
        raise BadLine("The text is missing or is not text.", line_id)
    if len(text) > MAX_LINE_CHARS:
        raise BadLine(f"The text is longer than {MAX_LINE_CHARS} characters.", line_id)
    if not isinstance(surface, str) or surface not in SURFACES:
        raise BadLine("The surface must be post, chat or conversation.", line_id)
    if trust is not None and (isinstance(trust, bool) or not isinstance(trust, int) or not 0 <= trust <= 3):
        raise BadLine("The trust must be a whole number from 0 to 3.", line_id)
    return Submission(text, SURFACES[surface], author=_author(trust))


def _author(trust: int | None) -> Author:
    if trust == 0:
        return Author(trust=0, age_hours=1.0, accepted_posts=0)
    return Author(trust=1 if trust is None else trust, accepted_posts=ESTABLISHED_POSTS)


def as_output(line_id: object, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the object the interface promises. Shadow findings are left out: they change nothing."""
    return {
        "id": line_id,
        "visibility": verdict.visibility,
        "support_level": verdict.support_level,
        "lane": verdict.lane,
        "findings": [_finding(finding) for finding in verdict.findings if finding.mode != "shadow"],
        "scorer": verdict.scorer,
        "ms": round(verdict.ms, 1),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "phase": finding.phase,
        "code": finding.code,
        "score": round(finding.score, 4),
        "severity": finding.severity,
        "spans": [list(span) for span in finding.spans],
        "explanation": finding.explanation,
    }


def local_scorer(choice: str = "auto", checkpoint: str | None = None) -> ScoresText | None:
    """Return a scorer loaded into this process, or None for rules alone."""
    from forum.moderation.scoring.factory import load_local  # models take seconds to import: only when asked for
    from forum.moderation.scoring.protocol import Choice

    if choice not in get_args(Choice):
        raise ValueError("The scorer must be auto, detoxify, embedded or off.")
    return None if choice == "off" else load_local(cast(Choice, choice), checkpoint)


def run(lines: TextIO, out: TextIO, scorer: ScoresText | None) -> int:
    """Screen a stream and return the exit code: 1 when any line could not be read, else 0."""
    problems()  # reads lexicon, rules and numbering plans, so that the first text is not the slow one
    failed = False
    for answer in _answers(lines, scorer):
        failed |= "error" in answer
        out.write(json.dumps(answer, ensure_ascii=True) + "\n")
        out.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(run(sys.stdin, sys.stdout, local_scorer(*sys.argv[1:2])))
