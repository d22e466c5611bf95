"""The model scorers and how they run: built-in encoder, Detoxify, and the process that keeps them apart."""

from __future__ import annotations

import os

# Read once, when numpy or torch is first imported, so it must be here: for such small matrices on a shared machine two
# threads are slower than one, up to ten times.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
