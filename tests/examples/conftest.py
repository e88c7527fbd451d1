"""The example is a folder of scripts, as a reader would copy it; its modules are imported by their plain names."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "credit_scoring"
sys.path.insert(0, str(EXAMPLE))
