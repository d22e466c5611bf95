"""A member's own place in the copy and in the deletion: sealed pages are opened with the words that were just typed."""

from __future__ import annotations

from forum.identity.personal import Part, add_part
from forum.journey import data

TITLE = "Your own place"

add_part(Part(TITLE, data.export_of, data.delete_of))
