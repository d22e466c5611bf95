"""What travels between a web process and the scorer process: frames of JSON, a length in front. Never pickle."""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from forum.moderation.scoring.protocol import Reason, ScorerStatus, State
from forum.moderation.verdict import LABELS, ScorerName, Scores

MAX_FRAME_BYTES = 128 * 1024
"""8,000 characters, each escaped as two times six bytes, fit in."""

MAX_SENTENCE = 1_000

Word = TypeVar("Word")

_NAMES: tuple[ScorerName, ...] = get_args(ScorerName)
_SCORERS: tuple[ScorerName, ...] = ("detoxify", "embedded")
_STATES: tuple[State, ...] = get_args(State)
_REASONS: tuple[Reason, ...] = get_args(Reason)
_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


_MAX_DETAILS = 40
"""More numbers than any crisis head of ours gives."""


class BadFrame(Exception):
    """What arrived is not a message of this protocol."""


def send(connection: socket.socket, message: Mapping[str, Any], until: float) -> None:
    """Write one message before the monotonic time `until`. Raises OSError, TimeoutError among them."""
    body = json.dumps(message).encode("ascii")
    connection.settimeout(_remaining(until))
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket, until: float) -> Message:
    """Read one message before the monotonic time `until`.

    Raises TimeoutError when it is late, ConnectionError when the other side is gone, BadFrame for anything else.
    """
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size, until))
    if length > MAX_FRAME_BYTES:
        raise BadFrame("too long")
    try:
        message = json.loads(_read(connection, length, until))
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON") from error
    if not isinstance(message, dict):
        raise BadFrame("not an object")
    return message


def _read(connection: socket.socket, length: int, until: float) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        connection.settimeout(_remaining(until))
        block = connection.recv(length - len(parts))
        if not block:
            raise ConnectionError("closed")
        parts += block
    return bytes(parts)


def _remaining(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def pack_scores(scores: Scores) -> Message:
    """Return scores as plain JSON values."""
    return {
        "scorer": scores.scorer,
        "labels": dict(scores.labels),
        "embedded": dict(scores.embedded) if scores.embedded is not None else None,
        "crisis": scores.crisis,
        "crisis_detail": dict(scores.crisis_detail),
        "cruelty": scores.cruelty,
        "version": scores.version,
        "ms": scores.ms,
    }


def unpack_scores(message: Mapping[str, Any]) -> Scores:
    """Return the scores in a message. Raises BadFrame for anything out of range: garbage must never become guilt."""
    embedded = message.get("embedded")
    return Scores(
        scorer=_one_of(_SCORERS, message.get("scorer")),
        labels=_labels(message.get("labels")),
        embedded=None if embedded is None else _labels(embedded),
        crisis=_probability_or_none(message.get("crisis")),
        crisis_detail=_detail(message.get("crisis_detail", {})),
        cruelty=_probability_or_none(message.get("cruelty")),
        version=_sentence(message.get("version")),
        ms=_finite(message.get("ms")),
    )


def _detail(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or len(value) > _MAX_DETAILS:
        raise BadFrame("crisis detail")
    return {str(name)[:40]: _probability(number) for name, number in value.items()}


def pack_status(status: ScorerStatus) -> Message:
    """Return a status as plain JSON values."""
    return {"state": status.state, "name": status.name, "version": status.version, "detail": status.detail}


def unpack_status(message: Mapping[str, Any]) -> ScorerStatus:
    """Return the status in a message. Raises BadFrame."""
    return ScorerStatus(
        state=_one_of(_STATES, message.get("state")),
        name=_one_of(_NAMES, message.get("name")),
        version=_sentence(message.get("version")),
        detail=_sentence(message.get("detail")),
    )


def unpack_reason(message: Mapping[str, Any]) -> Reason:
    """Return why the scorer process has no answer. Raises BadFrame."""
    return _one_of(_REASONS, message.get("reason"))


def _one_of(known: tuple[Word, ...], value: object) -> Word:
    for word in known:
        if word == value:
            return word
    raise BadFrame("not a known word")


def _sentence(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_SENTENCE:
        raise BadFrame("not a sentence")
    return value


def _labels(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or "toxicity" not in value or not value.keys() <= set(LABELS):
        raise BadFrame("not the labels")
    return {label: _probability(score) for label, score in value.items()}


def _probability_or_none(value: object) -> float | None:
    return None if value is None else _probability(value)


def _probability(value: object) -> float:
    found = _finite(value)
    if not 0.0 <= found <= 1.0:
        raise BadFrame("not a probability")
    return found


def _finite(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadFrame("not a number")
    return float(value)
