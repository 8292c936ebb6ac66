"""Attention over two parts of a context is attention over the whole of it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from passgap.engines.local.attention import attend, merge  # noqa: E402 - after the skip


@pytest.mark.parametrize("first", [1, 7, 20])
def test_merged_parts_are_the_attention_over_the_whole(first: int) -> None:
    source = torch.Generator().manual_seed(first)
    query = torch.randn(2, 3, 5, 8, generator=source)
    keys, values = torch.randn(2, 2, 3, 21, 8, generator=source)
    hidden = torch.rand(2, 1, 1, 21, generator=source) < 0.3
    hidden[..., 0] = hidden[..., -1] = False  # each part has something to attend to
    mask = torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))

    def part(where: slice) -> tuple[torch.Tensor, torch.Tensor]:
        return attend(query, keys[:, :, where].contiguous(), values[:, :, where].contiguous(), mask[..., where])

    whole, total = part(slice(None))
    wanted = torch.nn.functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
    torch.testing.assert_close(whole, wanted, rtol=1e-5, atol=1e-5)
    (one, one_total), (two, two_total) = part(slice(first)), part(slice(first, None))
    torch.testing.assert_close(merge(one, one_total, two, two_total), whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.logaddexp(one_total, two_total), total, rtol=1e-5, atol=1e-5)
