"""Token vectors of the trunk, kept between runs where a folder is given: encoding costs half of a training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from forum.moderation.evaluation.rows import key_of
from forum.moderation.training.trunk import Halves, encode

log = logging.getLogger(__name__)
BLOCK = 512


class Store:
    """Vectors by text. With a folder, every block is written as soon as it is made; a stopped run goes on there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[str, Halves] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("vectors-*.npz")):
                self._read(path)

    def vectors(self, texts: Sequence[str]) -> list[Halves]:
        """Return the vectors of texts, in order; what is not known yet is encoded."""
        missing = sorted({text for text in texts if key_of(text) not in self._known}, key=len)
        for start in range(0, len(missing), BLOCK):
            self._encode(missing[start : start + BLOCK])
            log.info("%d of %d texts encoded", min(start + BLOCK, len(missing)), len(missing))
        return [self._known[key_of(text)] for text in texts]

    def _encode(self, texts: Sequence[str]) -> None:
        made = {key_of(text): vector for text, vector in zip(texts, encode(texts), strict=True)}
        self._known.update(made)
        if self._folder is not None:
            number = len(list(self._folder.glob("vectors-*.npz")))
            ends = np.cumsum([len(vector) for vector in made.values()])
            joined = np.concatenate(list(made.values()))
            np.savez(self._folder / f"vectors-{number:04d}.npz", keys=np.array(list(made)), ends=ends, joined=joined)

    def _read(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as stored:
            parts = np.split(stored["joined"], stored["ends"][:-1])
            self._known.update(zip(stored["keys"].tolist(), parts, strict=True))
