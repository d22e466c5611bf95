"""Measure the model scorers: `python -m bench.scorer [--posts N]`. Every ratio comes from one and the same run.

Needs the built-in scorer's packages; the comparison with bare Detoxify runs when detoxify is installed, on a tiny
random checkpoint, so it shows what our wrapper adds. `--full-size` puts random weights of BERT's size in its place,
whose arithmetic costs what the published weights' does, and compares the whole pipeline with bare Detoxify.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forum.moderation.evaluation.cruelty_rows import read_cruelty_rows
from forum.moderation.evaluation.rows import read_rows
from forum.moderation.scoring.models import Models, load_builtin
from forum.moderation.scoring.process import ProcessScorer

ROOT = Path(__file__).parents[1]
WORDS = (
    "today i went to the meeting and it was hard to sit still but somebody said one thing that stayed with me so i "
    "came home made tea and called my sister instead of my dealer and now i am here still angry still sober and tired"
).split()


def posts(count: int, words: int) -> list[str]:
    """Return different texts of the same length."""
    texts = []
    for number in range(count):
        turned = WORDS[number % len(WORDS) :] + WORDS[: number % len(WORDS)]
        texts.append(f"day {number} " + " ".join((turned * (words // len(turned) + 1))[: words - 2]))
    return texts


def times_ms(call: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Return what each call took, sorted."""
    found = []
    for text in texts:
        started = time.perf_counter()
        call(text)
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def row(name: str, *cells: object) -> None:
    print(f"{name:<46}" + "".join(f"{cell:>12}" for cell in cells))


def p50_p99(found: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(found):.2f}", f"{found[int(len(found) * 0.99)]:.2f}"


def bench_builtin(count: int) -> Models:
    """Print ms per post for the built-in models in this process."""
    started = time.perf_counter()
    models = Models(load_builtin().model)
    row("load, s", f"{time.perf_counter() - started:.2f}", models.name)
    row("built-in, one by one", "p50 ms", "p99 ms")
    for words in (12, 60, 120, 600):
        texts = posts(max(20, count * 12 // words), words)
        models.first(texts[:3])
        row(f"  {words} words", *p50_p99(times_ms(lambda text: models.first([text]), texts)))
    return models


def bench_process(count: int) -> None:
    """Print ms per post through the child process, posts per second under load, and whose memory grows."""
    with tempfile.TemporaryDirectory() as folder:
        before = memory_mib(os.getpid())
        scorer = ProcessScorer("embedded", checkpoint=None, socket_dir=Path(folder))
        started = time.perf_counter()
        scorer.score("first text", deadline_seconds=30.0)
        row("process: first score after start, s", f"{time.perf_counter() - started:.2f}")
        row("process, one by one", "p50 ms", "p99 ms")
        for words in (12, 60):
            found = times_ms(lambda text: scorer.score(text, deadline_seconds=10.0), posts(count, words))
            row(f"  {words} words", *p50_p99(found))
        for askers in (1, 8, 16):
            row(f"  {askers} askers, 12 words, posts/s", f"{throughput(scorer, posts(count, 12), askers):.0f}")
        child = scorer.keeper.process
        row("memory, MiB", "client +", "child")
        row("", f"{memory_mib(os.getpid()) - before:.1f}", f"{memory_mib(child.pid if child else 0):.0f}")
        scorer.close()


def throughput(scorer: ProcessScorer, texts: Sequence[str], askers: int) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(askers) as pool:
        list(pool.map(lambda text: scorer.score(text, deadline_seconds=30.0), texts))
    return len(texts) / (time.perf_counter() - started)


def memory_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def bench_detoxify(count: int) -> None:
    """Print our wrapper's time over bare `Detoxify.predict`, on the same texts in turns."""
    sys.path.insert(0, str(ROOT / "tests" / "moderation" / "scoring"))
    tiny_checkpoint = importlib.import_module("tiny_checkpoint")
    from forum.moderation.scoring.local_detoxify import DetoxifyModel

    with tempfile.TemporaryDirectory() as folder:
        model = DetoxifyModel.load(tiny_checkpoint.write_bert(Path(folder)))
    row("bare predict against our wrapper, tiny", "bare ms", "ours ms", "ratio")
    for words in (12, 60):
        texts = posts(count, words)
        bare, ours = in_turns(model._detoxify.predict, model.score, texts)
        row(f"  {words} words", f"{bare:.2f}", f"{ours:.2f}", f"{ours / bare:.2f}")


def bench_full_size(count: int) -> None:
    """Print what the whole pipeline adds to bare `Detoxify.predict` with a model of the published one's size."""
    import torch

    sys.path.insert(0, str(ROOT / "tests" / "moderation" / "scoring"))
    tiny_checkpoint = importlib.import_module("tiny_checkpoint")
    from forum.moderation.phases.crisis_lexicon import compile_rest
    from forum.moderation.pipeline import screen
    from forum.moderation.scoring.local_detoxify import DetoxifyModel
    from forum.moderation.scoring.models import LocalScorer
    from forum.moderation.scoring.paths import BUILTIN_FOLDER
    from forum.moderation.verdict import Submission

    torch.set_num_threads(1)
    words = (BUILTIN_FOLDER / "vocab.txt").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        size = {"width": 768, "layers": 12, "heads": 12, "inner": 3072}
        model = DetoxifyModel.load(tiny_checkpoint.write_bert(Path(folder), **size, vocabulary=words))
    scorer = LocalScorer(Models(load_builtin().model, model))
    compile_rest(lambda _seconds: None)  # as a server has done a minute after its start
    row("bare predict against the pipeline, full size", "bare ms", "ours ms", "ratio")
    for name, texts in posts_as_written(count):
        bare, ours = in_turns(
            model._detoxify.predict, lambda text: screen(Submission(text), scorer, deadline_seconds=60), texts
        )
        row(f"  {name}", f"{bare:.1f}", f"{ours:.1f}", f"{ours / bare:.3f}")


def posts_as_written(count: int) -> list[tuple[str, list[str]]]:
    """Return development rows by length and as they come, of which most are a crisis, and recovery talk as it comes."""
    rows = read_rows(ROOT / "tests" / "data" / "crisis" / "writers")
    every = [found.text for found in rows]
    random.Random(3).shuffle(every)
    short, middle = ([text for text in every if abs(len(text) - size) < size / 4] for size in (60, 200))
    long = [(" ".join(every[at : at + 8]))[:600] for at in range(0, 8 * count, 8)]
    talk = [found.text for found in read_cruelty_rows(ROOT / "tests" / "data" / "cruelty") if not found.is_cruel]
    random.Random(3).shuffle(talk)
    named = {
        "60 characters": short,
        "200 characters": middle,
        "600 characters": long,
        "as written": every,
        "recovery talk": talk,
    }
    return [(name, texts[:count]) for name, texts in named.items()]


def in_turns(one: Callable[[str], object], other: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """Return the median ms of both, measured text by text in turns, so that a busy machine is unfair to neither."""
    pairs = [(times_ms(one, [text])[0], times_ms(other, [text])[0]) for text in texts][10:]
    return statistics.median(first for first, _ in pairs), statistics.median(second for _, second in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--full-size", action="store_true", help="only the whole pipeline against bare Detoxify")
    options = parser.parse_args()
    count = options.posts
    if options.full_size:
        bench_full_size(count)
        return
    # The process first: this one's memory must be that of a web process, without any model in it.
    bench_process(count)
    bench_builtin(count)
    if importlib.util.find_spec("detoxify"):
        bench_detoxify(count)


if __name__ == "__main__":
    main()
