"""Load the real Detoxify class from a local checkpoint, with no network and no unpickled code.

Detoxify 0.5.4 asks the network for the configuration of its base model even when it is given a local checkpoint
(upstream pull request 126). So the checkpoint's `model_type` is pointed at the folder `hf/` beside it, and only the
constructor is replaced; `predict` is Detoxify's own.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from forum.moderation.scoring.embedded import highest
from forum.moderation.scoring.pins import check_pins, sha256_of
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.verdict import LABELS, MAX_TEXT_CHARS

RENAMED = {"toxic": "toxicity", "identity_hate": "identity_attack", "severe_toxic": "severe_toxicity"}
"""What Detoxify itself does to the class names of its first model."""

BATCH_SIZE = 8
SHORT_WORDS = 60
CHUNK_WORDS = 300
"""About 400 tokens; Detoxify reads 512 and silently drops the rest."""
MAX_CHUNKS = 3
NO_LIMIT = 100_000
"""Tokenizers without a limit say 10**30, and then crash in the position embedding."""


class DetoxifyModel:
    """The Detoxify class over a local checkpoint. One thread at a time: its fast tokenizer must not be shared."""

    def __init__(self, detoxify: Any, version: str) -> None:
        self._detoxify = detoxify
        self.version = version
        self.labels = tuple(label for label in LABELS if label in detoxify.class_names)

    @classmethod
    def load(cls, checkpoint: Path, *, int8: bool = False) -> DetoxifyModel:
        """Load and check a checkpoint; its configuration and tokenizer are in `hf/` beside it.

        `int8` quantises the linear layers: about three times faster, agreement with the published weights unverified.
        Raises WeightsError for a checkpoint that is not what it should be, ImportError without torch or detoxify.
        """
        folder = checkpoint.parent / "hf"
        _require(checkpoint.is_file(), f"the checkpoint {checkpoint.name} is not there")
        _require((folder / "config.json").is_file(), "the folder hf/ with config.json is missing beside the checkpoint")
        check_pins(checkpoint.parent)
        detoxify = _build(checkpoint, folder, int8=int8)
        return cls(detoxify, f"detoxify-{sha256_of(checkpoint)[:8]}{'-int8' if int8 else ''}")

    def score(self, text: str) -> dict[str, float]:
        """Score one text."""
        return self.score_many([text])[0]

    def score_many(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts in order: short ones in batches of 8, long ones alone and in pieces."""
        pieces = [(row, piece) for row, text in enumerate(texts) for piece in _pieces(text)]
        found: list[list[dict[str, float]]] = [[] for _ in texts]
        for batch in _batches(sorted(pieces, key=lambda entry: len(entry[1]))):
            for (row, _), labels in zip(batch, self._predict([piece for _, piece in batch]), strict=True):
                found[row].append(labels)
        return [highest(parts) for parts in found]

    def _predict(self, texts: Sequence[str]) -> list[dict[str, float]]:
        raw = self._detoxify.predict(list(texts))
        # One text comes back as bare floats, several as lists.
        rows = {label: raw[label] if isinstance(raw[label], list) else [raw[label]] for label in self.labels}
        return [{label: float(rows[label][number]) for label in self.labels} for number in range(len(texts))]


def _pieces(text: str) -> list[str]:
    """Return what Detoxify reads of a text: all of it, or the first two and the last 300 words of a long one."""
    # Lone surrogates make the tokenizer raise TypeError; a pair of them is one real sign.
    clean = text[:MAX_TEXT_CHARS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = clean.split()
    if len(words) <= CHUNK_WORDS:
        return [clean]
    pieces = [" ".join(words[start : start + CHUNK_WORDS]) for start in range(0, len(words), CHUNK_WORDS)]
    return pieces if len(pieces) <= MAX_CHUNKS else [*pieces[: MAX_CHUNKS - 1], " ".join(words[-CHUNK_WORDS:])]


def _batches(pieces: Sequence[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    for entry in pieces:
        is_long = len(entry[1].split()) > SHORT_WORDS
        if batch and (is_long or len(batch) == BATCH_SIZE):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _build(checkpoint: Path, folder: Path, *, int8: bool) -> Any:
    # Before transformers is imported: without it every load waits 24 s for a network it may not use.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    with _quiet():
        torch, transformers, package = (import_module(name) for name in ("torch", "transformers", "detoxify.detoxify"))
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        _one_thread(torch)
        stored = _read_checkpoint(torch, checkpoint)
        detoxify = _local_class(package)(stored, folder)
        _check_weights(torch, detoxify.model, stored["state_dict"])
        _limit_length(detoxify)
        if int8:
            detoxify.model = torch.ao.quantization.quantize_dynamic(
                detoxify.model, {torch.nn.Linear}, dtype=torch.qint8
            )
    _require("toxicity" in detoxify.class_names, "the checkpoint has no label for toxicity")
    return detoxify


def _local_class(package: Any) -> Any:
    """Return a subclass of the real Detoxify that takes its parts from a checkpoint already read."""

    class LocalDetoxify(package.Detoxify):  # type: ignore[misc]
        def __init__(self, stored: Mapping[str, Any], folder: Path) -> None:
            arguments = {**stored["config"]["arch"]["args"], "model_type": str(folder.resolve())}
            self.model, self.tokenizer = package.get_model_and_tokenizer(**arguments, state_dict=stored["state_dict"])
            classes = stored["config"]["dataset"]["args"]["classes"]
            self.class_names = [RENAMED.get(name, name) for name in classes]
            self.device = "cpu"
            self.model.eval()

    return LocalDetoxify


def _read_checkpoint(torch: Any, checkpoint: Path) -> Mapping[str, Any]:
    try:
        stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
        stored["config"]["arch"]["args"], stored["config"]["dataset"]["args"]["classes"], stored["state_dict"].keys()
    except pickle.UnpicklingError as error:
        raise WeightsError(f"{checkpoint.name} holds more than weights, or is damaged") from error
    except (RuntimeError, OSError, EOFError) as error:
        raise WeightsError(f"{checkpoint.name} cannot be read as a checkpoint") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{checkpoint.name} is not a Detoxify checkpoint") from error
    else:
        return dict(stored)


def _check_weights(torch: Any, model: Any, given: Mapping[str, Any]) -> None:
    """Refuse a model that is not exactly the checkpoint: missing weights would silently be random ones."""
    loaded = model.state_dict()
    missing = [name for name in loaded if name not in given and "position_ids" not in name]
    unknown = [name for name in given if name not in loaded and "position_ids" not in name]
    _require(not missing, f"the checkpoint lacks weights: {', '.join(missing[:3])}")
    _require(not unknown, f"the checkpoint has weights the model does not know: {', '.join(unknown[:3])}")
    changed = [name for name in loaded if name in given and not torch.equal(loaded[name], given[name])]
    _require(not changed, f"weights were not taken over: {', '.join(changed[:3])}")


def _limit_length(detoxify: Any) -> None:
    tokenizer, config = detoxify.tokenizer, detoxify.model.config
    if tokenizer.model_max_length > NO_LIMIT:
        # RoBERTa's positions start after its padding index, so two of them are never used.
        tokenizer.model_max_length = config.max_position_embeddings - (2 if "roberta" in config.model_type else 0)


def _one_thread(torch: Any) -> None:
    """Keep torch to one core: on small or shared machines two threads were up to ten times slower."""
    torch.set_num_threads(1)
    with contextlib.suppress(RuntimeError):  # too late once torch has worked in this process; harmless
        torch.set_num_interop_threads(1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep third-party deprecation notes out of the log; errors still raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise WeightsError(otherwise)
