"""Every language of the table keeps the contract."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, Language
from passgap.testing import LanguageContract

PROGRAMS = {
    "python": (
        "def add(a, b):\n    return a + b\n",
        "import math\n\n\ndef area(r):\n    # of a circle\n    return math.pi * r * r\n",
        "a, b = map(int, input().split())\nprint(a + b)\n",
    )
}
"""Programs of languages; of others, less is tested."""


class TestEveryLanguage(LanguageContract):
    @pytest.fixture(params=LANGUAGES.names())
    def language(self, request: pytest.FixtureRequest) -> Language:
        return LANGUAGES[request.param]

    def programs(self, language: Language) -> tuple[str, ...]:
        return PROGRAMS.get(language.name, ())
