"""The whole evaluation: read rows, judge them, write the report and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from forum.moderation.evaluation.judge import KnownScores, judge, screener
from forum.moderation.evaluation.measure import Judged, confusion, reliability
from forum.moderation.evaluation.report import page, reliability_section, section, summary
from forum.moderation.evaluation.rows import Row, read_rows
from forum.moderation.evaluation.svg import confusion_figure, reliability_figure
from forum.moderation.scoring.factory import load_local

GIVEN = "given"
"""Rows by another author, in a folder of their own beside ours."""

_INTRO = """\
The rows are invented; `tests/data/crisis/README.md` says how. Three sets: `test` (ours, held out: neither the model nor
a threshold has seen them), `dev` (ours, learnt from) and `given` (written by somebody else; rules were written while
looking at them, and the shipped weights have learnt from them too. What the model did on them before it had is in its
MODEL_CARD). Only `test` says something about unseen text; the others are shown to find what is weak.
"""


def evaluate(rows: Path, out: Path, model: Literal["embedded", "off"], today: date) -> Iterator[str]:
    """Judge all sets, write `crisis.md` and the figures into `out`, and yield progress lines.

    Raises FileNotFoundError without rows, RuntimeError where the pipeline or the scorer is not whole.
    """
    sets = _sets(rows)
    texts = list(dict.fromkeys(row.text for found in sets.values() for row in found))
    scorer = load_local(model, None)
    known = KnownScores(scorer, texts)
    if model != "off" and known.crisis(texts[0]) is None:
        raise RuntimeError(f"there is no crisis model: {scorer.status().detail}")
    full = {name: judge(found, screener(known), known.crisis) for name, found in sets.items()}
    alone = {name: judge(found, screener(None), known.crisis) for name, found in sets.items()}
    yield from (f"{name}: {len(judged)} rows judged" for name, judged in full.items())
    out.mkdir(parents=True, exist_ok=True)
    parts = [_INTRO, *_overview(full, alone), *_details(full, out)]
    (out / "crisis.md").write_text(page("Crisis detection", today, _versions(scorer.version), parts), encoding="utf-8")
    yield f"written: {out / 'crisis.md'}"


def _sets(folder: Path) -> dict[str, list[Row]]:
    own = read_rows(folder)
    found = {name: [row for row in own if row.split == name] for name in ("test", "dev")}
    return found | {GIVEN: read_rows(folder / GIVEN)}


def _versions(model: str) -> Sequence[str]:
    return [f"model `{model}`" if model else "no model"]


def _overview(full: dict[str, list[Judged]], alone: dict[str, list[Judged]]) -> list[str]:
    columns = [
        (f"{name}, {how}", judged[name])
        for name in ("test", GIVEN)
        for how, judged in (("rules + model", full), ("rules alone", alone))
    ]
    return ["## Overview", summary(columns)]


def _details(full: dict[str, list[Judged]], out: Path) -> Iterator[str]:
    for name, judged in full.items():
        yield section(f"`{name}`", judged)
        yield _figure(out, f"confusion-{name}.svg", confusion_figure(confusion(judged), f"Levels, {name} rows"))
    yield "## The model alone"
    for name, judged in full.items():
        if table := reliability(judged):
            yield reliability_section(f"`{name}`", judged)
            yield _figure(out, f"reliability-{name}.svg", reliability_figure(table, f"Reliability, {name} rows"))


def _figure(out: Path, name: str, svg: str) -> str:
    (out / name).write_text(svg, encoding="utf-8")
    return f"![{name.removesuffix('.svg').replace('-', ' of ')}]({name})"
