"""What the whole pipeline makes of rows nobody who works on it has read: totals, never a row.

`python -m bench blind [--set NUMBER]` · asks `flask forum screen` of an instance of its own, with the built-in scorer.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from forum.moderation.evaluation.measure import Share

SETS = {"1": Path("tests/data/blind"), **{str(number): Path(f"tests/data/blind_{number}") for number in range(2, 16)}}
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "forum"]
FALSE_ALARMS = {"past_suicidality", "education", "supporter_reply"}
PEOPLE_FIRST = {"T0", "T1", "T2"}

Row = dict[str, Any]


def screened(texts: Sequence[str], instance: str) -> list[Row]:
    """Return what the pipeline says of each text, in order."""
    env = {**os.environ, "FORUM_INSTANCE": instance, "FORUM_SCORER": "embedded"}
    feed = "".join(json.dumps({"id": number, "text": text, "trust": 1}) + "\n" for number, text in enumerate(texts))
    done = subprocess.run([*COMMAND, "screen"], env=env, input=feed, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(rows) != len(texts) or any(row["scorer"] != "embedded" for row in rows):
        raise RuntimeError("not every text was read by the built-in scorer")
    return rows


def line(name: str, rows: Sequence[Row], hit: Callable[[Row], bool], wanted: str) -> str:
    """Return one line of the table: share, counts and the 95 % interval."""
    found = Share(sum(map(hit, rows)), len(rows))
    low, high = found.interval
    return f"{name:42} {wanted:>7}   {found.value:6.1%}  ({found.hits}/{found.total}; {low:.0%}–{high:.0%})"


def crisis_lines(rows: list[Row]) -> list[str]:
    """Return the goals of the crisis detector."""

    def of(level: int, kind: str = "") -> list[Row]:
        return [row for row in rows if row["wanted"] >= level and (not kind or row["kind"] == kind)]

    calm = [row for row in rows if row["wanted"] == 0]
    return [
        line("plain words, level 3 as 3", of(3, "lexical"), lambda row: row["support_level"] == 3, "≥ 95%"),
        line("plain words, level 2–3 as 2 or more", of(2, "lexical"), lambda row: row["support_level"] >= 2, "≥ 90%"),
        line("implicit, level 2–3 as 2 or more", of(2, "implicit"), lambda row: row["support_level"] >= 2, "≥ 75%"),
        line("calm, people called", calm, lambda row: row["support_level"] == 3, "≤ 1%"),
        line("calm, full card", calm, lambda row: row["support_level"] >= 2, "≤ 7%"),
        line(
            "past, education, supporters, full card",
            [row for row in rows if row["category"] in FALSE_ALARMS],
            lambda row: row["support_level"] >= 2,
            "≤ 5%",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables of one set."""
    parser = argparse.ArgumentParser(prog="python -m bench blind")
    parser.add_argument(
        "--set",
        choices=sorted(SETS),
        default="15",
        help="1: the first author's, and so on; 9, 11 and 14: long posts; 12: no crisis",
    )
    folder = SETS[parser.parse_args(arguments).set]
    labelled = _labelled(folder / "crisis.csv")
    abuse, benign = ((folder / name).read_text(encoding="utf-8").splitlines() for name in ("abuse.txt", "benign.txt"))
    with tempfile.TemporaryDirectory() as instance:
        subprocess.run(
            [*COMMAND, "init"], env={**os.environ, "FORUM_INSTANCE": instance}, capture_output=True, check=True
        )
        texts = [row["text"] for row in labelled] + abuse + benign
        found = screened(texts, instance)
    rows = [
        {**said, "wanted": int(row["expected_level"]), "kind": row["kind"], "category": row["category"]}
        for row, said in zip(labelled, found, strict=False)
    ]
    cruel, kind = found[len(rows) : len(rows) + len(abuse)], found[len(rows) + len(abuse) :]
    if rows:
        print("\n".join(crisis_lines(rows)))
    print(line("cruelty held", cruel, lambda row: row["visibility"] == "held", "≥ 75%"))
    print(line("benign held", kind, lambda row: row["visibility"] == "held", "≤ 1%"))
    print(line("benign in lanes T0–T2", kind, lambda row: row["lane"] in PEOPLE_FIRST, "≤ 3%"))
    return 0


def _labelled(path: Path) -> list[dict[str, str]]:
    """Return the crisis rows of a set; the twelfth has none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main())
