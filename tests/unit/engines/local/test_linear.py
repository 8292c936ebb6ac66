"""A packed weight gives what a plain one gives, and each row what it gives alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")

from passgap.engines.local.linear import Linear, PackedLinear, linear  # noqa: E402 - after the skip

Random = Callable[..., torch.Tensor]


@pytest.fixture(params=["bfloat16", "float32"])
def random(request: pytest.FixtureRequest) -> Random:
    """Makes tensors of one type, alike for the same shape."""

    def made(*shape: int) -> torch.Tensor:
        drawn = torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))
        return drawn.to(getattr(torch, request.param))

    return made


@pytest.fixture
def packed(random: Random) -> Linear:
    made = linear(random(96, 64), random(96))
    if not isinstance(made, PackedLinear):
        pytest.skip("this processor multiplies this type without packed weights")
    return made


def test_a_packed_weight_gives_what_a_plain_one_gives(packed: Linear, random: Random) -> None:
    plain = Linear(random(96, 64), random(96))
    rows, other = random(21, 64), random(21, 96)
    # In bfloat16, a rounding before what follows the product, or none; in float32, sums in another order.
    close = {"rtol": 2.0**-6, "atol": 2.0**-4} if rows.dtype == torch.bfloat16 else {"rtol": 1e-5, "atol": 1e-4}
    torch.testing.assert_close(packed(rows), plain(rows), **close)
    torch.testing.assert_close(packed.silu(rows), plain.silu(rows), **close)
    torch.testing.assert_close(packed.mul(rows, other), plain.mul(rows, other), **close)
    torch.testing.assert_close(packed.add(rows, other), plain.add(rows, other), **close)


@pytest.mark.parametrize("count", [1, 2, 3, 16, 31])
def test_a_rows_product_does_not_depend_on_the_rows_beside_it(packed: Linear, random: Random, count: int) -> None:
    rows, other = random(64, 64), random(64, 96)
    assert torch.equal(packed(rows[:count]), packed(rows)[:count])
    assert torch.equal(packed.silu(rows[:count]), packed.silu(rows)[:count])
    assert torch.equal(packed.mul(rows[:count], other[:count]), packed.mul(rows, other)[:count])
    assert torch.equal(packed.add(rows[:count], other[:count]), packed.add(rows, other)[:count])


def test_other_types_are_multiplied_as_they_are() -> None:
    weight = torch.randn(8, 4, dtype=torch.float64)
    assert type(linear(weight)) is Linear
    assert torch.equal(linear(weight)(torch.eye(4, dtype=torch.float64)), weight.T)
