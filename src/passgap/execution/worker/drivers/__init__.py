"""Programs that run tests inside an environment, by the placeholders of their commands.

They are handed to the environment's interpreter as a text, so that no file of a repository can stand in their place.
Those that observe tests begin with ``signed_channel.py``: they read a key from their standard input, and send what they
observed through descriptor 3, signed with that key. All run on every Python from 3.6 on, and import nothing of passgap.
"""

from __future__ import annotations

import os

FOLDER = os.path.dirname(os.path.abspath(__file__))


def _text(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


_SIGNED = _text("signed_channel.py")

DRIVERS = {
    "merged": _text("run_merged.py"),
    "pytest": _SIGNED + _text("run_pytest.py"),
    "script": _SIGNED + _text("run_script.py"),
}
"""The programs as texts, by the placeholders that stand for them."""
