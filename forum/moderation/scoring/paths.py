"""Where the shipped weights are. Kept apart so that a web process can name them without importing numpy."""

from __future__ import annotations

from pathlib import Path

MODELS_FOLDER = Path(__file__).parent.parent / "data" / "models"
BUILTIN_FOLDER = MODELS_FOLDER / "builtin"
CRISIS_FOLDER = MODELS_FOLDER / "crisis"
CRUELTY_FOLDER = MODELS_FOLDER / "cruelty"
DETOXIFY_SPEC = MODELS_FOLDER / "detoxify.json"
