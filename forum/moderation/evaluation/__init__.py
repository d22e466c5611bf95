"""Measure the whole pipeline on labelled rows and write it down: `python -m forum.moderation.evaluation`."""
