"""The type of paths that callers pass: a string or any path object."""

from __future__ import annotations

import os

AnyPath = str | os.PathLike[str]
