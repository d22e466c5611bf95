"""Draw the ring in all its jobs: mark, people, rooms, clock, timer, circle of seats, day ring.

Pure functions: numbers in, SVG out. Geometry is in attributes and colour in classes, because the content
policy allows no inline style. Design: twelve dots in a circle, see docs/design.md.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

Point = tuple[float, float]

# Eight families of pattern, each turned to one of twelve places, in one of eight hues. One lit dot alone is the
# house mark and never a person's. Families that look alike after turning are left out.
_PATTERNS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 3, 4),
    (0, 4, 8),
    (0, 3, 6, 9),
    (0, 1, 6, 7),
    (0, 2, 4),
    (0, 1, 2, 7),
    (0, 6),
    (0, 1, 4, 5, 8, 9),
)
_HUES = 8
_DOTS = 12


def _point(cx: float, cy: float, radius: float, place: float, places: int = _DOTS) -> Point:
    angle = math.radians(360 / places * place - 90)
    return round(cx + radius * math.cos(angle), 2), round(cy + radius * math.sin(angle), 2)


def ring(cx: float, cy: float, radius: float, places: int = _DOTS) -> list[Point]:
    """Return `places` points on a circle, clockwise from twelve o'clock."""
    return [_point(cx, cy, radius, place, places) for place in range(places)]


def _dot(point: Point, radius: float, css: str = "") -> str:
    named = f' class="{css}"' if css else ""
    return f'<circle{named} cx="{point[0]:g}" cy="{point[1]:g}" r="{radius:g}"/>'


def _drawn(parts: Iterable[str]) -> Markup:
    """Join parts made in this file from numbers and our own constants: nothing here comes from people."""
    return Markup("".join(parts))  # noqa: S704


def _svg(css: str, side: int, *parts: str) -> Markup:
    frame = Markup('<svg class="{}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>')
    return frame.format(css, side, side, _drawn(parts))


def icon(name: str, css: str = "", *, sprite: str) -> Markup:
    """Return one icon of the sprite at address `sprite`; hidden from screen readers, so words must stand beside it."""
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        f"i {css}".strip(), sprite, name
    )


def mark(css: str = "mark") -> Markup:
    """Draw the house mark: twelve dots, one lit at three o'clock."""
    unlit = "".join(_dot(p, 1.55) for place, p in enumerate(ring(16, 16, 11.6)) if place != 3)
    return _svg(css, 32, f'<g class="ring-dot">{unlit}</g>', _dot((27.6, 16), 3.3, "lit"))


@lru_cache(maxsize=4096)
def tok(seed: bytes | str, size: str = "") -> Markup:
    """Draw a person's own pattern. `size` is "", "s" or "l".

    `seed` is a keyed hash of the member's id, never the name: otherwise anyone could compute the pattern of a
    name, and two sites with the same names would show the same patterns.
    """
    raw = seed.encode() if isinstance(seed, str) else seed
    hue, turn, family, _ = hashlib.blake2b(raw, digest_size=4, person=b"token").digest()
    lit = {(turn + place) % _DOTS for place in _PATTERNS[family % len(_PATTERNS)]}
    points = ring(18, 18, 11.4)
    dim = "".join(_dot(p, 1.5) for place, p in enumerate(points) if place not in lit)
    bright = "".join(_dot(p, 3) for place, p in enumerate(points) if place in lit)
    groups = f'<g class="d">{dim}</g><g class="on">{bright}</g>'
    return _svg(f"tok t{hue % _HUES + 1} {size}".strip(), 36, _dot((18, 18), 18, "bgd"), groups)


def seats(lit: int) -> Markup:
    """Draw a room's ring with so many lit dots, twelve at most."""
    dots = (_dot(p, 2.9, "on") if place < lit else _dot(p, 1.5, "d") for place, p in enumerate(ring(18, 18, 13.5)))
    return _svg("seats", 36, *dots)


def _hour(point: Point, *, lit: bool, first: bool) -> str:
    if not lit:
        return _dot(point, 2.1, "c-dot")
    return _dot(point, 9 if first else 6.5, "c-halo") + _dot(point, 4.6 if first else 3.2, "c-lit")


def clock(lit: Sequence[int]) -> Markup:
    """Draw the next twelve hours as a clock face, without its frame (120 by 120).

    `lit` holds clock hours 0-11, soonest first; the first is drawn largest.
    """
    parts = [_hour(p, lit=hour in lit, first=bool(lit) and hour == lit[0]) for hour, p in enumerate(ring(60, 60, 44))]
    for hour, label in ((0, 12), (3, 3), (6, 6), (9, 9)):
        x, y = _point(60, 60, 56.5, hour)
        parts.append(f'<text class="c-num" x="{x:g}" y="{y + 2.8:g}">{label}</text>')
    return _drawn(parts)


def timer(left: int, places: int = _DOTS) -> Markup:
    """Draw the speaker's timer, without its frame (92 by 92): `left` dots of `places` still lit."""
    gone = places - left
    dots = (
        _dot(p, 3.1, "tick left") if place >= gone else _dot(p, 2, "tick")
        for place, p in enumerate(ring(46, 46, 38, places))
    )
    return _drawn(dots)


def _seat(point: Point, *, speaking: bool, mine: bool, hand: bool) -> str:
    drawn = (
        _dot(point, 11, "halo") + _dot(point, 5.6, "spk") if speaking else _dot(point, 4.2, "me" if mine else "seat")
    )
    return drawn + (_dot(point, 7.4, "hand") if hand else "")


def circle_seats(people: int, speaker: int | None, hands: Collection[int], me: int | None) -> Markup:
    """Draw the circle of a meeting, without its frame (140 by 140). Places are counted from 0."""
    if people < 1:
        return Markup()
    seated = (
        _seat(p, speaking=place == speaker, mine=place == me, hand=place in hands)
        for place, p in enumerate(ring(70, 70, 56, people))
    )
    return _drawn(seated)


def dayring(lit: int) -> Markup:
    """Draw the ring round a day count, without its frame (124 by 124): `lit` of twelve dots."""
    dots = (_dot(p, 5, "on") if place < lit else _dot(p, 3, "off") for place, p in enumerate(ring(62, 62, 53)))
    return _drawn(dots)


def titled(title: str, inner: Markup, css: str, side: int, title_id: str) -> Markup:
    """Frame a drawing that carries meaning, with its meaning as the accessible name."""
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}"><title id="{}">{}</title>{}</svg>'
    ).format(css, side, side, title_id, title_id, escape(title), inner)
