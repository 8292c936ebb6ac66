"""Every verifier of the table keeps the contract, and the page on the arm explains it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.arms.verifiers import VERIFIERS, Verifier
from passgap.testing import VerifierContract

DOCUMENT = Path(__file__).parents[2] / "docs" / "arms" / "ssd-verified.md"


class TestEveryVerifier(VerifierContract):
    @pytest.fixture(scope="class", params=VERIFIERS.names())
    @classmethod
    def verifier(cls, request: pytest.FixtureRequest) -> Iterator[Verifier]:
        yield VERIFIERS[request.param]


@pytest.mark.parametrize("name", VERIFIERS)
def test_the_page_on_the_arm_explains_it(name: str) -> None:
    assert f"| `{name}` | " in DOCUMENT.read_text(encoding="utf-8")
