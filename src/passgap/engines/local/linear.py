"""A model's weight matrices, laid out once as the processor multiplies by them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class Matrix:
    """Multiplies rows by a weight, and does what follows in the same breath where the processor can.

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
        """The products through SiLU."""
        return functional.silu(self(rows))

    def times(self, rows: Tensor, other: Tensor) -> Tensor:
        """The products, each multiplied by its like."""
        return self(rows) * other

    def plus(self, rows: Tensor, other: Tensor) -> Tensor:
        """The products, each added to its like."""
        return self(rows) + other


class PackedMatrix(Matrix):
    """A matrix in the blocks that oneDNN's kernels read.

    Without it they copy every weight into blocks at every call: of a bfloat16 product of 64 rows that is a fifth of the
    time, of 128 rows a tenth. In float32 plain products go to another library, which adds in another order where there
    are fewer than four rows. These are the operators that ``torch.compile`` puts in place of ``linear`` when it freezes
    a model.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(torch.ops.mkldnn._reorder_linear_weight(weight.contiguous()), bias)

    def __call__(self, rows: Tensor) -> Tensor:
        return self._unary(rows, "none")

    def silu(self, rows: Tensor) -> Tensor:
        return self._unary(rows, "swish")

    def times(self, rows: Tensor, other: Tensor) -> Tensor:
        return self._binary(rows, other, "mul")

    def plus(self, rows: Tensor, other: Tensor) -> Tensor:
        return self._binary(rows, other, "add")

    def _unary(self, rows: Tensor, follow: str) -> Tensor:
        product = torch.ops.mkldnn._linear_pointwise(_paired(rows), self._weight, self._bias, follow, [], "")
        return _unpaired(product, rows)

    def _binary(self, rows: Tensor, other: Tensor, follow: str) -> Tensor:
        operator = torch.ops.mkldnn._linear_pointwise.binary
        return _unpaired(operator(_paired(rows), _paired(other), self._weight, self._bias, follow), rows)


def _paired(rows: Tensor) -> Tensor:
    """A single row twice: alone, it would take another kernel, which adds in another order."""
    return rows if len(rows) > 1 else torch.cat((rows, rows))


def _unpaired(product: Tensor, rows: Tensor) -> Tensor:
    return product[: len(rows)]


def matrix(weight: Tensor, bias: Tensor | None = None) -> Matrix:
    """The fastest exact form that a weight has on its device."""
    kind = PackedMatrix if _packs(weight) else Matrix
    return kind(weight, bias)


def _packs(weight: Tensor) -> bool:
    operators = torch.ops.mkldnn
    if weight.device.type != "cpu" or not hasattr(operators, "_reorder_linear_weight"):
        return False
    return weight.dtype == torch.float32 or (
        weight.dtype == torch.bfloat16 and bool(operators._is_mkldnn_bf16_supported())
    )
