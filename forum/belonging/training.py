"""The training for roles: one data file, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forum.belonging.models import ROLE_KINDS
from forum.core import yamldata

FILE = Path(__file__).parent / "data" / "training.yaml"


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer a scene, and what is to be said about it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """One part of the training."""

    key: str
    title: str
    roles: tuple[str, ...]
    reading: tuple[str, ...]
    scene: str
    answers: tuple[Answer, ...]


def read_training(text: str) -> dict[str, Module]:
    """Parse and check a file.

    Raises:
        ValueError: naming the module and what is wrong.
    """
    modules = {key: _read(key, entry) for key, entry in yamldata.parse(text)["modules"].items()}
    for kind in ROLE_KINDS:
        if not any(kind in module.roles for module in modules.values()):
            raise ValueError(f"nothing is taught for {kind}")
    return modules


def _read(key: str, entry: Mapping[str, Any]) -> Module:
    answers = tuple(Answer(**answer) for answer in entry["answers"])
    if sum(answer.right for answer in answers) != 1 or not all(answer.why for answer in answers):
        raise ValueError(f"module {key!r}: exactly one answer is right, and each says why")
    if not set(entry["roles"]) <= set(ROLE_KINDS) or not entry["reading"]:
        raise ValueError(f"module {key!r}: roles or reading are missing")
    return Module(key, entry["title"], tuple(entry["roles"]), tuple(entry["reading"]), entry["scene"], answers)


@cache
def training() -> dict[str, Module]:
    """Return the training that came with this release."""
    return read_training(FILE.read_text(encoding="utf-8"))


def modules_for(kind: str) -> list[Module]:
    """Return what somebody goes through for a role, in order."""
    return [module for module in training().values() if kind in module.roles]
