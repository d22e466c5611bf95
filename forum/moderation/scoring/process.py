"""The scorer as a web process sees it: a child process does the work, this object asks and never waits too long."""

from __future__ import annotations

import time
from pathlib import Path

from forum.moderation.scoring.client import Breaker, ScorerClient
from forum.moderation.scoring.keeper import Keeper, Timing
from forum.moderation.scoring.paths import BUILTIN_FOLDER
from forum.moderation.scoring.protocol import Choice, ScorerStatus, ScorerUnavailable, wants_detoxify
from forum.moderation.verdict import ScorerName, Scores

GARBAGE_PATIENCE = 3
STARTING_PAUSE_SECONDS = 0.02


class ProcessScorer:
    """Scores texts in one child process per host, which is started with the first text or by `start`.

    Safe to share between threads or green threads. The models' memory is the child's, never this process's.
    """

    def __init__(
        self,
        choice: Choice,
        *,
        checkpoint: str | None,
        socket_dir: Path,
        int8: bool = False,
        builtin_folder: Path = BUILTIN_FOLDER,
        timing: Timing | None = None,
    ) -> None:
        arguments = ["--choice", choice, "--checkpoint", checkpoint or "", "--builtin", str(builtin_folder)]
        arguments += ["--int8"] if int8 else []
        self._expected: ScorerName = "detoxify" if wants_detoxify(choice, checkpoint) else "embedded"
        self.keeper = Keeper(socket_dir, arguments, timing or Timing())
        self._client = ScorerClient(self.keeper.socket)
        self._breaker = Breaker()
        self._garbage = 0

    @property
    def name(self) -> ScorerName:
        """Return the model that speaks for the labels; before the first answer, the one that is expected to."""
        status = self.keeper.status()
        return status.name if status.name != "off" or status.state == "off" else self._expected

    @property
    def version(self) -> str:
        """Return the versions of the models, empty until they are loaded."""
        return self.keeper.status().version

    def start(self) -> None:
        """Start the child now, so that the first text need not wait for it."""
        self.keeper.start()

    def status(self) -> ScorerStatus:
        """Return the last known state, without asking the child."""
        return self.keeper.status()

    def close(self) -> None:
        """End the child, if it is ours."""
        self.keeper.close()

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        """Score one text.

        Raises ScorerUnavailable at the latest after `deadline_seconds`; much sooner while the child is down or hangs.
        """
        until = time.monotonic() + deadline_seconds
        self.keeper.start()
        if not self._breaker.admits():
            raise ScorerUnavailable("late")
        try:
            scores = self._score_or_wait(text, until)
        except ScorerUnavailable as error:
            self._take_note(error)
            raise
        self._garbage = 0
        self._breaker.note(late=False)
        return scores

    def _score_or_wait(self, text: str, until: float) -> Scores:
        """Ask; while the child is only starting, ask again until the deadline."""
        while True:
            state = self.keeper.status().state
            if state == "off":
                raise ScorerUnavailable("off")
            try:
                return self._client.score(text, until)
            except ScorerUnavailable as error:
                starting = state == "loading" and error.reason in ("dead", "loading")
                if not starting:
                    raise
                if time.monotonic() + STARTING_PAUSE_SECONDS >= until:
                    raise ScorerUnavailable("loading") from None
            time.sleep(STARTING_PAUSE_SECONDS)

    def _take_note(self, error: ScorerUnavailable) -> None:
        if error.reason == "late":
            self._breaker.note(late=True)
        elif error.reason == "dead":
            self.keeper.look_now()
        elif error.reason == "garbage":
            self._garbage += 1
            if self._garbage >= GARBAGE_PATIENCE:
                self._garbage = 0
                self.keeper.condemn("its answers made no sense")
