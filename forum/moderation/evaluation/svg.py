"""Draw the two figures as plain SVG text: no library, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from forum.moderation.evaluation.measure import Bin

_INK = "#1f2937"
_LINE = "#6b7280"
_BLUE = (30, 94, 150)
_CELL = 84
_LEFT = 120
_TOP = 70
_LEVEL_NAMES = ("0 none", "1 concern", "2 crisis", "3 emergency")
_SIDE = 320


def confusion_figure(counts: Sequence[Sequence[int]], title: str) -> str:
    """Draw expected levels as rows and given levels as columns; shade is the share of the row, numbers are counts."""
    parts = [_text(_LEFT, 24, title, size=16, bold=True), _text(_LEFT, 46, "given by the pipeline →", size=12)]
    for column, name in enumerate(_LEVEL_NAMES):
        parts.append(_text(_LEFT + column * _CELL + _CELL / 2, _TOP - 6, name, size=12, anchor="middle"))
    for row, line in enumerate(counts):
        parts.append(_text(_LEFT - 10, _TOP + row * _CELL + _CELL / 2, _LEVEL_NAMES[row], size=12, anchor="end"))
        parts += [_cell(row, column, count, sum(line)) for column, count in enumerate(line)]
    size = _CELL * len(counts)
    return _document(_LEFT + size + 20, _TOP + size + 20, title, parts)


def _cell(row: int, column: int, count: int, total: int) -> str:
    part = count / total if total else 0.0
    fill = "#{:02x}{:02x}{:02x}".format(*(round(255 - (255 - channel) * part) for channel in _BLUE))
    x, y = _LEFT + column * _CELL, _TOP + row * _CELL
    ink = "#ffffff" if part > 0.5 else _INK
    return (
        f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="{fill}" stroke="{_LINE}"/>'
        + _text(x + _CELL / 2, y + _CELL / 2, str(count), size=18, anchor="middle", ink=ink)
        + _text(x + _CELL / 2, y + _CELL / 2 + 20, f"{part:.0%}", size=12, anchor="middle", ink=ink)
    )


def reliability_figure(table: Sequence[Bin], title: str) -> str:
    """Draw promised probability against the observed share, with 95 % intervals; on the diagonal is honest."""
    parts = [_text(_LEFT, 24, title, size=16, bold=True), _frame()]
    parts.append(_line(_at_x(0), _at_y(0), _at_x(1), _at_y(1), dashed=True))
    for one in table:
        low, high = one.observed.interval
        x = _at_x(one.mean)
        parts.append(_line(x, _at_y(low), x, _at_y(high)))
        blue = "#{:02x}{:02x}{:02x}".format(*_BLUE)
        radius = 3 + min(9.0, one.observed.total**0.5 / 2)
        parts.append(f'<circle cx="{x:.1f}" cy="{_at_y(one.observed.value):.1f}" r="{radius:.1f}" fill="{blue}"/>')
    parts.append(_text(_at_x(0.5), _TOP + _SIDE + 44, "probability the model gave", size=12, anchor="middle"))
    parts.append(_text(_LEFT, _TOP - 10, "share that were level 2 or 3", size=12))
    return _document(_LEFT + _SIDE + 40, _TOP + _SIDE + 60, title, parts)


def _frame() -> str:
    parts = [f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="{_LINE}"/>']
    for step in range(0, 11, 2):
        value = step / 10
        parts.append(_text(_at_x(value), _TOP + _SIDE + 20, f"{value:.1f}", size=12, anchor="middle"))
        parts.append(_text(_LEFT - 8, _at_y(value) + 4, f"{value:.1f}", size=12, anchor="end"))
    return "".join(parts)


def _at_x(value: float) -> float:
    return _LEFT + value * _SIDE


def _at_y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 5"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_LINE}" stroke-width="2"{dash}/>'


def _text(
    x: float, y: float, words: str, *, size: int, anchor: str = "start", bold: bool = False, ink: str = _INK
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="{ink}"{weight}>'
        f"{escape(words)}</text>"
    )


def _document(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="system-ui, sans-serif">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
