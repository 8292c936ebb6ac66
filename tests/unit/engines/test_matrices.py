"""A packed weight gives what a plain one gives, and each row what it gives alone."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from passgap.engines.matrices import Matrix, PackedMatrix, matrix  # noqa: E402 - after the skip


def bfloat16(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).bfloat16()


@pytest.fixture
def packed() -> Matrix:
    made = matrix(bfloat16(96, 64), bfloat16(96))
    if not isinstance(made, PackedMatrix):
        pytest.skip("this processor multiplies bfloat16 without packed weights")
    return made


def test_a_packed_weight_gives_what_a_plain_one_gives(packed: Matrix) -> None:
    plain = Matrix(bfloat16(96, 64), bfloat16(96))
    rows, other = bfloat16(21, 64), bfloat16(21, 96)
    close = {"rtol": 2.0**-6, "atol": 2.0**-4}  # a rounding of bfloat16 before what follows the product, or none
    torch.testing.assert_close(packed(rows), plain(rows), **close)
    torch.testing.assert_close(packed.silu(rows), plain.silu(rows), **close)
    torch.testing.assert_close(packed.times(rows, other), plain.times(rows, other), **close)
    torch.testing.assert_close(packed.plus(rows, other), plain.plus(rows, other), **close)


@pytest.mark.parametrize("count", [1, 2, 3, 16, 31])
def test_a_rows_product_does_not_depend_on_the_rows_beside_it(packed: Matrix, count: int) -> None:
    rows, other = bfloat16(64, 64), bfloat16(64, 96)
    assert torch.equal(packed(rows[:count]), packed(rows)[:count])
    assert torch.equal(packed.silu(rows[:count]), packed.silu(rows)[:count])
    assert torch.equal(packed.times(rows[:count], other[:count]), packed.times(rows, other)[:count])
    assert torch.equal(packed.plus(rows[:count], other[:count]), packed.plus(rows, other)[:count])


def test_other_types_are_multiplied_as_they_are() -> None:
    weight = torch.randn(8, 4)
    assert type(matrix(weight)) is Matrix
    assert torch.equal(matrix(weight)(torch.eye(4)), weight.T)
