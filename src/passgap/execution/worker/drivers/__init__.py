"""Programs that run tests inside an environment, by the placeholders of their commands.

They are handed to the environment's interpreter as a text, so that no file of a repository can stand in their place.
Each reads a key from its standard input, and sends what it observed through descriptor 3, signed with that key. They
run on every Python from 3.6 on, and import nothing of passgap.
"""

from __future__ import annotations

import os

FOLDER = os.path.dirname(os.path.abspath(__file__))


def _text(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


DRIVERS = {
    "merged": _text("run_merged.py"),
    "pytest": _text("run_pytest.py"),
    "script": _text("run_script.py"),
}
"""The programs as texts, by the placeholders that stand for them."""
