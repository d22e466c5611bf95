"""The scorer process may be killed, stopped, starved or crowded: posts never wait for it, and it comes back."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tiny_checkpoint
from scoring_helpers import reason_of, wait_for, wait_for_state

from forum.moderation.scoring.factory import OffScorer, make_scorer
from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.process import ProcessScorer
from forum.moderation.scoring.protocol import ScorerUnavailable
from forum.moderation.verdict import LABELS

pytestmark = pytest.mark.alone

Make = Callable[..., ProcessScorer]

CRUEL = "you are a worthless junkie and everyone here hates you"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def ready(make_process: Make) -> Iterator[ProcessScorer]:
    scorer = make_process()
    wait_for_state(scorer, "ready")
    return scorer


def pid_of(scorer: ProcessScorer) -> int:
    process = scorer.keeper.process
    assert process is not None
    return process.pid


def memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_the_first_text_starts_it_and_is_scored(make_process: Make) -> None:
    scores = make_process().score(CRUEL, deadline_seconds=10.0)
    assert scores.scorer == "embedded"
    assert set(scores.labels) == set(LABELS)
    assert scores.labels["toxicity"] > 0.85
    assert scores.crisis is not None
    assert scores.ms > 0


def test_any_text_travels(ready: ProcessScorer) -> None:
    for text in ("", "\ud800\udfff lone", "\x00", "🙂" * 4000, "word " * 1600, "x" * 20_000):
        assert set(ready.score(text, deadline_seconds=5.0).labels) == set(LABELS)


def test_many_threads_share_it(ready: ProcessScorer) -> None:
    texts = [f"{CRUEL} {number}" if number % 2 else f"glad you made it to day {number}" for number in range(80)]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda text: ready.score(text, deadline_seconds=5.0).labels["toxicity"], texts))
    assert all((score > 0.85) == bool(number % 2) for number, score in enumerate(found))


def test_a_full_queue_is_said_at_once_and_passes(ready: ProcessScorer) -> None:
    os.kill(pid_of(ready), signal.SIGSTOP)  # so that the crowd arrives before anything is scored
    threading.Timer(0.3, os.kill, (pid_of(ready), signal.SIGCONT)).start()
    with ThreadPoolExecutor(120) as pool:
        reasons = list(pool.map(lambda _: reason_of(ready, "word " * 1500, 1.5), range(120)))
    assert "busy" in reasons
    assert set(reasons) <= {None, "busy", "late", "dead"}
    wait_for(lambda: reason_of(ready, seconds=1.0) is None)


def test_killed_it_fails_at_once_and_comes_back(ready: ProcessScorer) -> None:
    first = pid_of(ready)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: reason_of(ready) == "dead", 2.0)
    wait_for(lambda: reason_of(ready, seconds=1.0) is None)
    assert pid_of(ready) != first
    assert ready.status().restarts == 1


def test_killed_in_the_middle_of_a_text(ready: ProcessScorer) -> None:
    threading.Timer(0.1, os.kill, (pid_of(ready), signal.SIGKILL)).start()
    started = time.monotonic()
    with pytest.raises(ScorerUnavailable), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ready.score("word " * 1600, deadline_seconds=3.0), range(4)))
    assert time.monotonic() - started < 3.2


def test_hanging_it_is_late_then_spared_then_replaced(ready: ProcessScorer) -> None:
    first = pid_of(ready)
    os.kill(first, signal.SIGSTOP)
    assert [reason_of(ready, seconds=0.15) for _ in range(3)] == ["late"] * 3
    started = time.monotonic()
    assert reason_of(ready, seconds=1.5) is not None
    assert time.monotonic() - started < 0.1  # the breaker: no more waiting for a process that hangs
    wait_for(lambda: reason_of(ready, seconds=1.0) is None)
    assert pid_of(ready) != first
    assert not Path(f"/proc/{first}").exists()


def test_slow_it_is_late_within_the_deadline_and_recovers(ready: ProcessScorer) -> None:
    """Stopped nine tenths of the time: answers come, but too late for a short deadline."""
    stop = threading.Event()
    thread = threading.Thread(target=_slow_down, args=(pid_of(ready), stop))
    thread.start()
    reasons = {reason_of(ready, "word " * 900, 0.2) for _ in range(3)}
    stop.set()
    thread.join()
    assert "late" in reasons
    wait_for(lambda: reason_of(ready, seconds=1.0) is None)


def _slow_down(pid: int, stop: threading.Event) -> None:
    while not stop.is_set():
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.09)
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)


def test_every_death_is_reported_once_and_waits_longer(ready: ProcessScorer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for count in (1, 2, 3):
        os.kill(pid_of(ready), signal.SIGKILL)
        wait_for(lambda: reason_of(ready) is not None, 2.0)
        for _ in range(50):
            reason_of(ready, CRUEL)
        wait_for(lambda count=count: ready.status().restarts == count and ready.status().state == "ready")
    said = [record.detail for record in caplog.records]  # type: ignore[attr-defined]
    assert len(said) == 3
    assert [sentence.rsplit("in ", 1)[1] for sentence in said] == ["0.1 s.", "0.2 s.", "0.4 s."]
    assert not any("junkie" in sentence for sentence in said)


@pytest.mark.parametrize("name", ["patch.bin", "head.npz", "vocab.txt"])
def test_a_corrupt_file_means_off_said_once_and_heals(
    make_process: Make, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    folder = Path(shutil.copytree(BUILTIN_FOLDER, tmp_path / "models"))
    (folder / name).write_bytes(b"corrupt")
    scorer = make_process(builtin_folder=folder)
    wait_for_state(scorer, "off")
    assert name in scorer.status().detail
    assert reason_of(scorer) == "off"
    shutil.copy(BUILTIN_FOLDER / name, folder / name)
    wait_for(lambda: reason_of(scorer, seconds=1.0) is None)
    assert len([record for record in caplog.records if name in getattr(record, "detail", "")]) == 1
    assert scorer.status().restarts == 0


def test_nonsense_on_the_socket_gets_the_process_replaced(ready: ProcessScorer) -> None:
    """Another program sits on the socket's path and answers in another language."""
    first = pid_of(ready)
    noise = _noise_on(ready.keeper.socket)
    assert [reason_of(ready) for _ in range(3)] == ["garbage"] * 3
    wait_for(lambda: reason_of(ready, seconds=1.0) is None)
    assert pid_of(ready) != first
    noise.close()


def _noise_on(path: Path) -> socket.socket:
    from forum.moderation.scoring.server import listen

    listener = listen(path)

    def shout() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 and so on\r\n")
                connection.recv(4096)

    threading.Thread(target=shout, daemon=True).start()
    return listener


def test_an_unwritable_folder_is_a_status_not_a_crash(make_process: Make, tmp_path: Path) -> None:
    scorer = make_process(socket_dir=tmp_path / "absent")
    scorer.start()
    wait_for(lambda: scorer.status().state == "failing")
    assert reason_of(scorer) == "dead"


def test_one_process_per_host_and_another_takes_over(make_process: Make) -> None:
    one, two = make_process(), make_process()
    wait_for_state(one, "ready")
    wait_for_state(two, "ready")
    assert two.keeper.process is None
    assert reason_of(two, seconds=1.0) is None
    one.close()
    wait_for(lambda: two.keeper.process is not None)
    wait_for(lambda: reason_of(two, seconds=1.0) is None)


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from forum.moderation.scoring.factory import make_scorer\n"
        f"s = make_scorer('embedded', checkpoint=None, socket_dir=Path({str(tmp_path)!r}))\n"
        "s.score('hello', deadline_seconds=20)\n"
        "print(s.keeper.process.pid, flush=True); import os; os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    child = int(parent.stdout)
    wait_for(lambda: _is_gone(child))


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_the_model_s_memory_is_the_child_s(ready: ProcessScorer) -> None:
    before = memory_kib(os.getpid())
    for number in range(50):
        ready.score(f"{CRUEL} {number}", deadline_seconds=5.0)
    assert memory_kib(os.getpid()) - before < 5_000
    assert memory_kib(pid_of(ready)) > 60_000


def test_the_child_gets_no_secrets_and_no_web_code(ready: ProcessScorer) -> None:
    pid = pid_of(ready)
    names = {line.split("=")[0] for line in Path(f"/proc/{pid}/environ").read_text().split("\0") if line}
    assert not {name for name in names if name.startswith("FORUM_")}
    assert "OMP_NUM_THREADS" in names
    assert "sqlalchemy" not in Path(f"/proc/{pid}/maps").read_text()


def test_a_web_process_imports_no_model_library() -> None:
    code = (
        "import sys, forum.moderation.scoring.factory, forum.moderation.scoring.fetch\n"
        "assert not {'numpy', 'onnxruntime', 'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30, cwd=ROOT)


def test_detoxify_and_the_builtin_scorer_together(make_process: Make, bert_checkpoint: Path) -> None:
    scorer = make_process("auto", bert_checkpoint)
    wait_for_state(scorer, "ready", 60.0)
    scores = scorer.score(CRUEL, deadline_seconds=5.0)
    assert scorer.name == scores.scorer == "detoxify"
    assert scores.embedded is not None
    assert scores.embedded["toxicity"] > 0.85 > scores.labels["toxicity"]
    assert scores.crisis is not None


def test_the_builtin_scorer_answers_while_detoxify_loads(make_process: Make, bert_checkpoint: Path) -> None:
    scorer = make_process("auto", bert_checkpoint)
    assert scorer.score(CRUEL, deadline_seconds=20.0).embedded is not None


def test_where_detoxify_is_too_slow_the_builtin_scores_stand(make_process: Make, tmp_path: Path) -> None:
    pytest.importorskip("detoxify", reason="Detoxify is not installed here (lean install)")
    scorer = make_process("auto", tiny_checkpoint.write_bert(tmp_path / "slow", width=256, layers=24))
    wait_for_state(scorer, "ready", 60.0)
    # One token each for the built-in model, sixteen for the tiny vocabulary: some 15 ms against 250 ms per text.
    texts = [f"{CRUEL} {number} " + "responsibilities " * 28 for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda text: scorer.score(text, deadline_seconds=1.5), texts))
    assert "embedded" in {scores.scorer for scores in found}
    assert all(scores.embedded and scores.crisis is not None for scores in found)


def test_a_wrong_checkpoint_leaves_the_builtin_scorer(make_process: Make, tmp_path: Path) -> None:
    scorer = make_process("detoxify", tmp_path / "nothing.ckpt")
    wait_for_state(scorer, "ready", 60.0)
    assert scorer.name == "embedded"
    assert "Detoxify is left out" in scorer.status().detail
    assert reason_of(scorer, seconds=1.0) is None


def test_the_factory_opens_nothing_before_it_is_needed(tmp_path: Path) -> None:
    scorer = make_scorer("auto", checkpoint=None, socket_dir=tmp_path)
    assert scorer.status().state == "loading"
    assert list(tmp_path.iterdir()) == []
    scorer.close()
    assert isinstance(make_scorer("off", checkpoint=None, socket_dir=tmp_path), OffScorer)
