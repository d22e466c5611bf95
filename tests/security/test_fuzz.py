"""A short run of `bench/fuzz.py`: every form and event gets nonsense, none answers with a server error."""

from __future__ import annotations

from pathlib import Path

from bench import fuzz
from forum.core.db import db
from forum.realtime.on import REGISTRY
from tests.security.live import shared_parts_kept


def test_nonsense_is_refused_and_never_breaks_anything(tmp_path: Path) -> None:
    with shared_parts_kept():
        world = fuzz.make_world(tmp_path)
        try:
            answers = fuzz.run(world, 160)
        finally:
            with world.app.app_context():
                db.session.remove()
                db.engine.dispose()
    assert answers.total() >= 150
    assert not [code for code in answers if code.startswith("5") or code == "event error"]


def test_the_fuzzer_knows_every_event_and_field(app: object) -> None:
    assert len(REGISTRY) >= 5
    assert {"body", "title", "phrase", "category", "handle", "country"} <= set(fuzz.field_names())
