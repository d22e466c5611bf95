"""As much of the protocol buffer format as reading and writing an ONNX model takes; no package for it is needed."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

Field = tuple[int, int | bytes]

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_SIZES = {_EIGHT: 8, _FOUR: 4}


def fields(message: bytes) -> Iterator[Field]:
    """Yield (number, value) of the fields of a message."""
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _read_varint(view, at)
        wire = key & 7
        if wire == _VARINT:
            value, at = _read_varint(view, at)
            yield key >> 3, value
            continue
        size = _SIZES.get(wire)
        if size is None:
            size, at = _read_varint(view, at)
        yield key >> 3, bytes(view[at : at + size])
        at += size


def parts(message: bytes, number: int) -> Iterator[bytes]:
    """Yield the bytes of every field of one number."""
    for key, value in fields(message):
        if key == number and isinstance(value, bytes):
            yield value


def texts(known: Sequence[Field], number: int) -> list[str]:
    """Return the strings of one number among fields already read."""
    return [value.decode("utf-8") for key, value in known if key == number and isinstance(value, bytes)]


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def block(number: int, payload: bytes | str) -> bytes:
    """Write a field of bytes, text or an inner message."""
    raw = payload.encode("utf-8") if isinstance(payload, str) else payload
    return _varint(number << 3 | _BYTES) + _varint(len(raw)) + raw


def whole(number: int, value: int) -> bytes:
    """Write a field that holds a whole number of at least zero, or -1."""
    return _varint(number << 3 | _VARINT) + _varint(value & (1 << 64) - 1)


def real(number: int, value: float) -> bytes:
    """Write a field that holds a 32-bit float."""
    return _varint(number << 3 | _FOUR) + struct.pack("<f", value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
