"""The type of a path as callers may give it: text, or any path object."""

from __future__ import annotations

import os

AnyPath = str | os.PathLike[str]
