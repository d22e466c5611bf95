"""Evaluate the pipeline and write its report: `python -m forum.moderation.evaluation [--rows DIR] [--out DIR]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from forum.moderation.evaluation.cruelty import evaluate_cruelty
from forum.moderation.evaluation.run import evaluate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m forum.moderation.evaluation", description=__doc__)
    parser.add_argument("--rows", type=Path, default=Path("tests/data/crisis"), help="folder of labelled rows")
    parser.add_argument(
        "--cruelty", type=Path, default=Path("tests/data/cruelty"), help="folder of attacks and the like"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/evaluation"), help="folder for the report")
    parser.add_argument("--model", choices=("embedded", "off"), default="embedded")
    options = parser.parse_args(arguments)
    today = datetime.now(UTC).date()
    for line in evaluate(options.rows, options.out, options.model, today):
        sys.stdout.write(line + "\n")
    for line in evaluate_cruelty(options.cruelty, options.out, options.model, today):
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
