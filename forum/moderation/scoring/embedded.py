"""The built-in scorer: patched MiniLM, heads for the seven labels, for crisis and for cruelty. No torch, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from forum.moderation.scoring.crisis_head import CrisisHead
from forum.moderation.scoring.cruelty_head import CrueltyHead
from forum.moderation.scoring.encoder import MAX_TOKENS, Branch, Encoder, Floats, Ids
from forum.moderation.scoring.graph import LAST, assemble, assemble_branch
from forum.moderation.scoring.layers import Layer, read_encoder
from forum.moderation.scoring.paths import BUILTIN_FOLDER, CRISIS_FOLDER, CRUELTY_FOLDER
from forum.moderation.scoring.toxicity_head import ToxicityHead
from forum.moderation.scoring.views import views
from forum.moderation.scoring.weights import BuiltinFiles, read_builtin
from forum.moderation.scoring.wording import Buckets, features
from forum.moderation.scoring.wordpiece import WordPiece
from forum.moderation.verdict import LABELS, MAX_TEXT_CHARS

NOTHING_TO_READ: Mapping[str, float] = dict.fromkeys(LABELS, 0.0)
"""A text without one token the model knows (empty, emoji alone): its head would only return its own bias."""

CRISIS = "crisis"
"""What the output of the crisis head's layers is called."""

PROBE: Ids = (101, 102)
"""The ids of an empty text."""

Vectors = Mapping[Ids, Mapping[str, Floats]]

Head = TypeVar("Head")


@dataclass(frozen=True, slots=True)
class BuiltinScores:
    """What the built-in models say of one text."""

    labels: Mapping[str, float]
    crisis: float | None
    crisis_detail: Mapping[str, float] = field(default_factory=dict)
    """What else the crisis head says; empty when it is left out."""
    cruelty: float | None = None
    """Probability that the text is cruel to a person in the conversation; None when that head is left out."""


class BuiltinModel:
    """The encoder and its heads, in this process. One thread at a time."""

    def __init__(
        self, tokenizer: WordPiece, encoder: Encoder, head: ToxicityHead, branches: Branches, version: str
    ) -> None:
        self.problem = branches.problem
        """What had to be left out, as a sentence for operators."""
        self._tokenizer = tokenizer
        self._encoder = encoder
        self._head = head
        self._crisis = branches.crisis
        self._cruelty = branches.cruelty
        self.version = version

    @classmethod
    def load(
        cls,
        folder: Path = BUILTIN_FOLDER,
        crisis_folder: Path = CRISIS_FOLDER,
        cruelty_folder: Path = CRUELTY_FOLDER,
    ) -> BuiltinModel:
        """Read, check and start the models.

        Raises WeightsError for a missing or altered file, ImportError without onnxruntime. A broken crisis or cruelty
        head alone is left out and named in `problem`: the rules and the seven labels do not depend on it.
        """
        files = read_builtin(folder)
        branches = Branches.load(crisis_folder, cruelty_folder)
        encoder, branches = _start(files, branches)
        tokenizer, head = WordPiece.from_lines(files.vocabulary), ToxicityHead(files.head)
        return cls(tokenizer, encoder, head, branches, files.version + branches.version)

    def score(self, text: str) -> BuiltinScores:
        """Score one text."""
        return self.score_many([text])[0]

    def score_many(self, texts: Sequence[str]) -> list[BuiltinScores]:
        """Score texts in order. Every distinct view is encoded once."""
        plans = [self._plan(text[:MAX_TEXT_CHARS]) for text in texts]
        vectors = self._encoder.encode([ids for plan in plans for ids in plan.all_ids()])
        return [self._read(plan, vectors) for plan in plans]

    def _plan(self, text: str) -> _Plan:
        toxicity = views(text, self._tokenizer.count, MAX_TOKENS - 2)
        crisis = self._crisis.views(text) if self._crisis else []
        ids = self._ids_of(toxicity), self._ids_of(crisis)
        distinct = {part for found in ids for part in found.values()} if self._crisis or self._cruelty else set()
        return _Plan(*ids, {part: features(part) for part in distinct})

    def _ids_of(self, parts: Sequence[str]) -> dict[Ids, str]:
        """Return each distinct id sequence once: junk repeats itself, and its windows need not be read twice."""
        found = ((self._tokenizer.ids(part, MAX_TOKENS), part) for part in parts)
        return {tuple(ids): part for ids, part in found if self._tokenizer.reads(ids)}

    def _read(self, plan: _Plan, vectors: Vectors) -> BuiltinScores:
        labels = highest(self._head(vectors[ids][LAST]) for ids in plan.toxicity) or NOTHING_TO_READ
        crisis = self._read_crisis(plan, vectors)
        level = crisis.pop("crisis", 0.0) if crisis is not None else None
        return BuiltinScores(labels, level, crisis or {}, self._read_cruelty(plan, vectors, max(labels.values())))

    def _read_cruelty(self, plan: _Plan, vectors: Vectors, harshest: float) -> float | None:
        """Return the probability of the worst view; 0.0 for a text without one known token."""
        reader = self._cruelty
        if reader is None:
            return None
        views = plan.toxicity.items()
        return max((reader(vectors[ids], plan.buckets[text], harshest) for ids, text in views), default=0.0)

    def _read_crisis(self, plan: _Plan, vectors: Vectors) -> dict[str, float] | None:
        head = self._crisis
        if head is None:
            return None
        parts = [head(vectors[ids][CRISIS], plan.buckets[text]) for ids, text in plan.crisis.items()]
        return dict(head.combine(parts))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Token ids and words of all views of one text, for each head, and the wording of every view."""

    toxicity: dict[Ids, str]
    """What the seven labels and the cruelty head read."""
    crisis: dict[Ids, str]
    buckets: Mapping[str, Buckets]

    def all_ids(self) -> list[Ids]:
        return [*self.toxicity, *self.crisis]


def highest(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the highest value of each label over all parts: the worst window speaks for the text."""
    best: dict[str, float] = {}
    for part in parts:
        for label, value in part.items():
            best[label] = max(value, best.get(label, 0.0))
    return best


@dataclass(frozen=True, slots=True)
class CrueltyReader:
    """The cruelty head and its layers, which are run where its wording does not settle it."""

    head: CrueltyHead
    run: Branch

    @classmethod
    def load(cls, folder: Path) -> CrueltyReader:
        """Read the head and start its layers."""
        head = CrueltyHead.load(folder)
        return cls(head, Branch(assemble_branch(head.layers)))

    def __call__(self, vectors: Mapping[str, Floats], buckets: Buckets, harshest: float) -> float:
        """Return the probability for one view; see `CrueltyHead`."""
        return self.head(vectors[self.head.source], buckets, self.run, harshest)


@dataclass(frozen=True, slots=True)
class Branches:
    """The heads that may be missing, each without the other."""

    crisis: CrisisHead | None = None
    cruelty: CrueltyReader | None = None

    @classmethod
    def load(cls, crisis_folder: Path, cruelty_folder: Path) -> Branches:
        """Read both; a head whose files are missing, altered or strange is None."""
        return cls(_or_none(CrisisHead.load, crisis_folder), _or_none(CrueltyReader.load, cruelty_folder))

    @property
    def problem(self) -> str:
        """Return what is left out, as sentences for operators."""
        said = (
            "" if self.crisis else "The crisis model is left out; the crisis rules go on alone.",
            "" if self.cruelty else "The cruelty model is left out; the rules and the seven labels go on without it.",
        )
        return " ".join(part for part in said if part)

    @property
    def version(self) -> str:
        """Return what the heads add to the version of the built-in scorer."""
        named = (("crisis", self.crisis), ("cruelty", self.cruelty and self.cruelty.head))
        return "".join(f"+{name}-{head.version}" for name, head in named if head)

    @property
    def layers(self) -> dict[str, tuple[str, Sequence[Layer]]]:
        """Return where each head branches off the encoder, and its layers, for those that are run on every text."""
        return {CRISIS: (self.crisis.source, self.crisis.layers)} if self.crisis else {}

    @property
    def sources(self) -> list[str]:
        """Return the vectors of the encoder that are read beside its last."""
        return [self.cruelty.head.source] if self.cruelty else []

    def tried(self, vectors: Mapping[str, Floats]) -> Branches:
        """Run each head once over the vectors of an empty text; leave out what fails."""
        crisis, cruelty, buckets = self.crisis, self.cruelty, features("")
        return Branches(
            crisis if crisis and _works(lambda: crisis(vectors[CRISIS], buckets)) else None,
            # As if a label were raised, so that its layers are tried as well.
            cruelty if cruelty and _works(lambda: cruelty(vectors, buckets, 1.0)) else None,
        )


def _or_none(load: Callable[[Path], Head], folder: Path) -> Head | None:
    try:
        return load(folder)
    except Exception:  # whatever is wrong with one head must not cost the others
        return None


def _works(tried: Callable[[], object]) -> bool:
    try:
        tried()
    except Exception:  # weights of a wrong shape surface as whatever numpy or the runtime likes to raise
        return False
    return True


def _start(files: BuiltinFiles, branches: Branches) -> tuple[Encoder, Branches]:
    """Start the encoder with the layers of all heads and try them once; go on without those that do not work."""
    encoding = read_encoder(files.model)
    for kept in (branches, replace(branches, cruelty=None), replace(branches, crisis=None)):
        try:
            outputs = [LAST, *kept.layers, *kept.sources]
            encoder = Encoder(assemble(encoding, kept.layers, kept.sources), outputs)
            return encoder, kept.tried(encoder.encode([PROBE])[PROBE])
        except Exception:  # noqa: S112  # a source the encoder does not have, layers of another shape: without that head
            continue
    return Encoder(assemble(encoding, {}), [LAST]), Branches()
