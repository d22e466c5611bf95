# ruff: noqa: E402, T201 - patching comes before every other import, and the answer goes to stdout
"""Score under one concurrency model while a heartbeat measures how long the loop stands still. Run by path.

Prints one JSON line: scored texts, the worst gap between two heartbeats in ms, reasons of failures.
"""

from __future__ import annotations

import sys

MODE, FOLDER = sys.argv[1], sys.argv[2]
if MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()
elif MODE == "eventlet":
    import warnings

    warnings.simplefilter("ignore", DeprecationWarning)
    import eventlet

    eventlet.monkey_patch()

import json
import threading
import time
from pathlib import Path

from forum.moderation.scoring.process import ProcessScorer
from forum.moderation.scoring.protocol import ScorerUnavailable

scorer = ProcessScorer("embedded", checkpoint=None, socket_dir=Path(FOLDER))
scorer.score("warm up", deadline_seconds=20.0)

gaps: list[float] = []
stop = threading.Event()


def beat() -> None:
    last = time.perf_counter()
    while not stop.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now


scored: list[float] = []
reasons: list[str] = []


def ask(number: int) -> None:
    for turn in range(5):
        try:
            text = f"you are a worthless junkie {number} {turn} " + "and so on " * 40
            scored.append(scorer.score(text, deadline_seconds=10.0).labels["toxicity"])
        except ScorerUnavailable as error:
            reasons.append(error.reason)


heart = threading.Thread(target=beat)
heart.start()
askers = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
for asker in askers:
    asker.start()
for asker in askers:
    asker.join()
stop.set()
heart.join()
scorer.close()
print(json.dumps({"scored": len(scored), "beats": len(gaps), "worst_gap_ms": max(gaps), "reasons": reasons}))
