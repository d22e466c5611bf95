"""The whole evaluation: read rows, judge them, write the report and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from forum.moderation.evaluation.judge import KnownScores, Screener, judge, screener
from forum.moderation.evaluation.measure import Judged, confusion, reliability
from forum.moderation.evaluation.report import page, reliability_section, section, summary
from forum.moderation.evaluation.rows import GIVEN, Row, key_of, read_writers
from forum.moderation.evaluation.svg import confusion_figure, reliability_figure
from forum.moderation.evaluation.unseen import TABLE, UnseenScores, read_nearness, read_table, unseen_screener
from forum.moderation.pipeline import ScoresText
from forum.moderation.scoring.factory import load_local

_INTRO = """\
All rows are invented; `tests/data/crisis/README.md` says by whom and how. What the columns mean:

- `writers`: rows of writers who knew neither rules nor model, each group of writers scored by weights that had never
  read them (left out of the training as a whole). The rules were mended after reading mistakes on these rows, mostly
  false cards, so the part of the rules is too good; the part of the model is honest.
- `test`: our own, held out: the model has not seen them; the share of false cards that sets the threshold was chosen
  looking at totals on them, and the rules were mended on totals, too.
- `given`: the development rows we were given, scored by weights that had not read them either. Rules were written
  while looking at them.
- `dev`: our own, learnt from; only to find what is weak.
"""


def evaluate(rows: Path, out: Path, model: Literal["embedded", "off"], today: date) -> Iterator[str]:
    """Judge all sets, write `crisis.md` and the figures into `out`, and yield progress lines.

    Raises FileNotFoundError without rows, RuntimeError where the pipeline or the scorer is not whole.
    """
    sets = _sets(rows)
    table = {} if model == "off" else read_table(out / TABLE)
    if table:  # a training that was cut short has left out some writers only
        sets |= {name: [row for row in sets[name] if key_of(row.text) in table] for name in CROSSED}
    own = [row.text for name, found in sets.items() for row in found if not (table and name in CROSSED)]
    scorer = load_local(model, None)
    known = KnownScores(scorer, list(dict.fromkeys(own)))
    if model != "off" and known.crisis(own[0]) is None:
        raise RuntimeError(f"there is no crisis model: {scorer.status().detail}")
    unseen = UnseenScores(table) if table else known
    by = {name: unseen if name in CROSSED else known for name in sets}
    near = read_nearness(out / TABLE) if table else {}

    def screened_by(name: str, scorer: ScoresText | None) -> Screener:
        return unseen_screener(scorer, near) if near and name in CROSSED else screener(scorer)

    full = {name: judge(found, screened_by(name, by[name]), by[name].crisis) for name, found in sets.items()}
    alone = {name: judge(found, screened_by(name, None), by[name].crisis) for name, found in sets.items()}
    yield from (f"{name}: {len(judged)} rows judged" for name, judged in full.items())
    out.mkdir(parents=True, exist_ok=True)
    parts = [_INTRO, *_overview(full, alone), *_details(full, out)]
    (out / "crisis.md").write_text(page("Crisis detection", today, _versions(scorer.version), parts), encoding="utf-8")
    yield f"written: {out / 'crisis.md'}"


CROSSED = ("writers", GIVEN)
"""Sets judged by the fold that had not read them."""


def _sets(folder: Path) -> dict[str, list[Row]]:
    by_writer = read_writers(folder)
    own, given = by_writer.pop("own"), by_writer.pop(GIVEN)
    test, dev = ([row for row in own if row.split == name] for name in ("test", "dev"))
    return {"writers": [row for found in by_writer.values() for row in found], "test": test, GIVEN: given, "dev": dev}


def _versions(model: str) -> Sequence[str]:
    return [f"model `{model}`" if model else "no model"]


def _overview(full: dict[str, list[Judged]], alone: dict[str, list[Judged]]) -> list[str]:
    columns = [
        (f"{name}, {how}", judged[name])
        for name in ("writers", "test", GIVEN)
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
