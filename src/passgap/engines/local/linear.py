"""Linear layers whose weights are laid out once, in the form that the processor's kernels read."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class Linear:
    """A linear layer, with the operation that follows it fused into it where the processor can.

    Args:
        weight: of shape (outputs, inputs).
        bias: of shape (outputs,).
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._weight = weight
        self._bias = bias

    def __call__(self, rows: Tensor) -> Tensor:
        """The products, of shape (rows, outputs), for rows of shape (rows, inputs)."""
        return functional.linear(rows, self._weight, self._bias)

    def silu(self, rows: Tensor) -> Tensor:
        """SiLU of the products."""
        return functional.silu(self(rows))

    def mul(self, rows: Tensor, other: Tensor) -> Tensor:
        """The products, multiplied elementwise by ``other``."""
        return self(rows) * other

    def add(self, rows: Tensor, other: Tensor) -> Tensor:
        """The products plus ``other``."""
        return self(rows) + other


class PackedLinear(Linear):
    """A linear layer with its weight in the blocks that oneDNN's kernels read.

    Without it they copy every weight into blocks at every call: of a bfloat16 product of 64 rows that is a fifth of the
    time, of 128 rows a tenth. In float32, plain products go to another library, which adds in another order where there
    are fewer than four rows. These are the operators that ``torch.compile`` substitutes for ``linear`` when it freezes
    a model.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(torch.ops.mkldnn._reorder_linear_weight(weight.contiguous()), bias)

    def __call__(self, rows: Tensor) -> Tensor:
        return self._unary(rows, "none")

    def silu(self, rows: Tensor) -> Tensor:
        return self._unary(rows, "swish")

    def mul(self, rows: Tensor, other: Tensor) -> Tensor:
        return self._binary(rows, other, "mul")

    def add(self, rows: Tensor, other: Tensor) -> Tensor:
        return self._binary(rows, other, "add")

    def _unary(self, rows: Tensor, fused: str) -> Tensor:
        operator = torch.ops.mkldnn._linear_pointwise
        product: Tensor = operator(_at_least_two(rows), self._weight, self._bias, fused, [], "")
        return product[: len(rows)]

    def _binary(self, rows: Tensor, other: Tensor, fused: str) -> Tensor:
        operator = torch.ops.mkldnn._linear_pointwise.binary
        product: Tensor = operator(_at_least_two(rows), _at_least_two(other), self._weight, self._bias, fused)
        return product[: len(rows)]


def _at_least_two(rows: Tensor) -> Tensor:
    """A single row twice: alone, it would take another kernel, which adds in another order."""
    return rows if len(rows) > 1 else torch.cat((rows, rows))


def linear(weight: Tensor, bias: Tensor | None = None) -> Linear:
    """The fastest exact form of a linear layer on its weight's device."""
    kind = PackedLinear if _packs(weight) else Linear
    return kind(weight, bias)


def _packs(weight: Tensor) -> bool:
    operators = torch.ops.mkldnn
    if weight.device.type != "cpu" or not hasattr(operators, "_reorder_linear_weight"):
        return False
    return weight.dtype == torch.float32 or (
        weight.dtype == torch.bfloat16 and bool(operators._is_mkldnn_bf16_supported())
    )
