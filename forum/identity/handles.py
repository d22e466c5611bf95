"""Handles: generated names, so that nobody brings one they use elsewhere.

The lists hold nothing that echoes using or equipment, bodies, violence or belief, and nothing that discloses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_FIRST = """
Early Late Quiet Patient Gentle Steady Slow Plain Paper Salt Linen Woollen Cotton Copper Silver Amber Hazel Willow
Maple Cedar Birch Alder Rowan Juniper Clover Fern Moss Heather Barley Autumn Winter Spring Summer Morning Evening
Midweek Northern Southern Eastern Western Coastal Inland Upland Harbour River Meadow Orchard Garden Kitchen Window
Lantern Candle Kettle Button Pocket Feather Pebble Marble Velvet Russet Olive Indigo Violet Saffron Lilac Cobalt
Crimson Ivory Pearl Dusky Misty Cloudy Breezy Sunny Rainy Snowy Frosty Mellow Tender Humble Honest Kindly Friendly
Curious Careful Hopeful Thoughtful Cheerful Restful Faithful Graceful Second Third Seventh Distant Nearby Little
Broad Open Spare Round Simple Ordinary Homely Wandering Resting Waiting Listening Reading Humming Drifting
""".split()

_SECOND = """
Wren Heron Robin Sparrow Swallow Finch Plover Curlew Osprey Kestrel Magpie Lark Thrush Dunnock Puffin Gull Otter
Badger Hare Vole Hedgehog Dormouse Salmon Trout Minnow Beetle Cricket Moth Bee Newt Acorn Bramble Thistle Bluebell
Primrose Foxglove Daisy Poplar Sycamore Hawthorn Elder Bracken Sedge Reed Lichen Boat Ferry Harbour Lighthouse Pier
Bridge Stile Gate Lane Path Field Meadow Hill Valley Brook Stream River Lake Shore Island Bay Cove Dune Marsh
Window Doorstep Bench Table Teapot Kettle Teacup Saucer Basket Blanket Quilt Cushion Jumper Mitten Scarf
Button Pocket Ribbon Thimble Lantern Almanac Postcard Envelope Notebook Pencil Bookmark Atlas Compass Clock Bicycle
Tram Train Platform Suitcase Umbrella Cloud Rainbow Drizzle Snowflake Breeze Tide Pebble Shell Driftwood Rowboat
""".split()

RESERVED = frozenset({"moderation team", "moderator", "small hours", "admin", "former member"})


def draw_handle() -> str:
    """Draw a name such as "Patient Fern 47": about 1.2 million of them."""
    first, second = secrets.choice(_FIRST), secrets.choice(_SECOND)
    while first == second:
        second = secrets.choice(_SECOND)
    return f"{first} {second} {secrets.randbelow(90) + 10}"


def draw_handles(count: int) -> list[str]:
    """Draw several different names to choose from."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[draw_handle()] = None
    return list(found)


def is_ours(handle: str) -> bool:
    """Tell whether a handle could have come from `draw_handle`; a form may send back nothing else."""
    parts = handle.split(" ")
    return (
        len(parts) == 3
        and parts[0] in _FIRST
        and parts[1] in _SECOND
        and parts[2].isascii()
        and parts[2].isdigit()
        and 10 <= int(parts[2]) <= 99
        and len(parts[2]) == 2
    )


def retired_digest(handle: str, key: str) -> bytes:
    """Return the keyed hash kept of a handle after its member has gone."""
    return hmac.new(key.encode(), b"handle:" + handle.casefold().encode(), hashlib.sha256).digest()
