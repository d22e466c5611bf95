"""Retrain the crisis model: `python -m forum.moderation.training --table TABLE.csv.gz`. Needs torch.

The table of public texts (sources and licences: MODEL_CARD.md) is not shipped; sentence patterns and rows are.
"""
