"""How fast a text is screened: inline phases alone, then with the built-in scorer. Ratios in one run, one core.

    python -m bench pipeline [--rounds N] [--no-scorer]

Prints a table of milliseconds of processor time per text, and texts per second per core. Texts are assembled from
invented recovery talk, with everything that makes phases work in it: numbers, drugs, hard words, crisis words, links.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench.scorer import posts_as_written
from forum.moderation.phases import INLINE, SCORED
from forum.moderation.phases.crisis_lexicon import compile_rest
from forum.moderation.phases.normalise import views_of
from forum.moderation.pipeline import NO_SCORES, inline, problems, screen
from forum.moderation.verdict import Place, Submission

SENTENCES = """Day 43 and I nearly bought a bottle on the way home, £6.50 in my hand and everything.
My sponsor says one day at a time but some days have about forty hours in them.
He used to call me a worthless junkie and some part of me still believes him.
I was on 60mg of diazepam a day at my worst, now I'm down to 4mg with my prescriber.
Does anyone else get cravings when it rains? Stupid question maybe.
I hate myself for missing her birthday because I was passed out on the sofa.
Rang the helpline on 116 123 last night and they were kind.
You're all doing better than you think, honestly, this room keeps me going.
Spent 40 quid a day on coke for three years and I can't look at my bank statements.
Two years ago I didn't want to be here any more. Today I made soup.
The meeting on thursday at the church hall was good, cake and bad coffee.
fuck this disease, fuck the dealer who texted me at 7am, and fuck my brain for reading it
My daughter let me hold the baby. I've been sober 7 months, 3 weeks and 2 days.
I don't know how to tell my boss that I need wednesdays off for the clinic.
There's a good article about naloxone at https://example.org/naloxone if anyone wants it.
They told me methadone doesn't count. I'm tired of being told what counts.
Had the dream again where I'm drinking and nobody notices. Woke up sweating.
Sat in the car outside the shop for twenty minutes and then drove to my mum's.""".splitlines()


def texts(count: int, length: int, seed: int = 7) -> list[str]:
    """Return texts of about `length` characters."""
    chooser = random.Random(seed)
    made = []
    for _ in range(count):
        text = ""
        while len(text) < length:
            text += chooser.choice(SENTENCES) + chooser.choice((" ", " ", "\n"))
        made.append(text[:length])
    return made


def timed(work: Callable[[str], object], sample: list[str]) -> list[float]:
    """Return milliseconds of processor time per text: what it costs, whoever else is on the machine."""
    took = []
    for text in sample:
        started = time.thread_time()
        work(text)
        took.append((time.thread_time() - started) * 1000)
    return took


def row(name: str, took: list[float]) -> str:
    """Return one line of the table."""
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{name:<34}{statistics.median(took):>9.2f}{p99:>9.2f}{max(took):>9.2f}{1000 * len(took) / sum(took):>14.0f}"


def phase_rows(sample: list[str]) -> list[str]:
    """Return one line per phase."""
    read = {text: (Submission(text, place=Place(handles=frozenset({"late_heron"}))), views_of(text)) for text in sample}
    rows = [row("  normalise", timed(views_of, sample))]
    for phase in INLINE:
        rows.append(row(f"  {phase.name}", timed(lambda text, p=phase: p.run(*read[text]), sample)))
    for scored in SCORED:
        rows.append(
            row(f"  {scored.name} (no scores)", timed(lambda text, p=scored: p.run(*read[text], NO_SCORES, ()), sample))
        )
    return rows


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=1500)
    options.add_argument("--no-scorer", action="store_true")
    chosen = options.parse_args()
    if found := problems():
        raise SystemExit(" ".join(found))
    compile_rest(lambda _seconds: None)  # as a server has done a minute after its start
    print(f"{'600 characters unless said':<34}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'texts/s/core':>14}")
    for name, length in (
        ("inline, 60 characters", 60),
        ("inline, 200 characters", 200),
        ("inline, 600 characters", 600),
    ):
        print(row(name, timed(lambda text: inline(Submission(text)), texts(chosen.rounds, length))))
    written = dict(posts_as_written(chosen.rounds))
    for name, key in (("development rows as written", "as written"), ("recovery talk as written", "recovery talk")):
        print(row(f"inline, {name}", timed(lambda text: inline(Submission(text)), written[key])))
    sample = texts(chosen.rounds, 600)
    print(row("whole pipeline, rules alone", timed(lambda t: screen(Submission(t), None, deadline_seconds=1), sample)))
    print("\n".join(phase_rows(texts(max(200, chosen.rounds // 4), 600))))
    if not chosen.no_scorer:
        with_scorer(chosen.rounds // 10)


def with_scorer(count: int) -> None:
    """Add the lines with the built-in scorer in this process, one thread."""
    from forum.moderation.scoring.factory import load_local

    scorer = load_local("embedded", None)
    named = {str(length): texts(count, length, seed=11) for length in (60, 200, 600)}
    named |= {name: found for name, found in posts_as_written(count) if "characters" not in name}
    for length, sample in named.items():
        print(row(f"built-in scorer alone, {length}", timed(lambda t: scorer.score_many([t]), sample)))
        print(
            row(
                f"pipeline + built-in scorer, {length}",
                timed(lambda t: screen(Submission(t), scorer, deadline_seconds=9), sample),
            )
        )  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
