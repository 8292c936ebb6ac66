"""Log-probabilities of completions, without padding, and with a prompt that several of them share computed once.

TRL computes them with a fused head, in tiles that it computes again in the backward pass: that saves the memory of a
GPU and takes twice the time of a step on a CPU. It pads every row to the longest prompt and the longest completion
besides, and computes a group's prompt once for each of its samples.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch

from passgap.trainers.supervised.completion_trainer import tensors_of
from passgap.trainers.supervised.packing import Example, pack


def completion_logprobs(
    model: Any, ids: torch.Tensor, mask: torch.Tensor, kept: int, temperature: float, *, shared: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """The log-probability of each completion token and the entropy of the distribution that it is from, in nats.

    Args:
        model: a causal language model of transformers, perhaps with adapters around it.
        ids: token ids of shape (rows, length): prompts, padded on the left, and completions, padded on the right.
        mask: 1 where there is a token.
        kept: the positions of completions, the last ones of each row.
        temperature: what the logits are divided by.
        shared: whether the model computes rows side by side in one sequence as it computes them one by one.

    Returns:
        Both of shape (rows, ``kept``), zero where there is no token. The entropy has no gradient.
    """
    rows = [_example(row, seen, kept) for row, seen in zip(ids.tolist(), mask.tolist(), strict=True)]
    together = [list(range(len(rows)))] if shared else [[row] for row in range(len(rows))]
    logprobs: list[torch.Tensor] = [torch.zeros(0)] * len(rows)
    entropies: list[torch.Tensor] = [torch.zeros(0)] * len(rows)
    for part in together:
        found, uncertain = _of_pack(model, [rows[row] for row in part], temperature, ids.device)
        # A pack has the rows of one prompt behind each other.
        prompts = list(dict.fromkeys(rows[row].prompt for row in part))
        order = sorted(part, key=lambda row: (prompts.index(rows[row].prompt), row))
        lengths = [len(rows[row].target) for row in order]
        for row, one, other in zip(order, torch.split(found, lengths), torch.split(uncertain, lengths), strict=True):
            logprobs[row], entropies[row] = _padded(one, kept), _padded(other, kept)
    return torch.stack(logprobs), torch.stack(entropies)


def _of_pack(
    model: Any, examples: list[Example], temperature: float, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both of all completion tokens of some rows, in the order of the pack."""
    given = tensors_of(pack(examples), model, device)
    places, targets = given.pop("places"), given.pop("targets")
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    if "logits_to_keep" in inspect.signature(type(plain).forward).parameters:
        logits = model(**given, use_cache=False, logits_to_keep=places).logits[0]
    else:
        logits = model(**given, use_cache=False).logits[0, places]
    logits = logits.float() / temperature
    totals = logits.logsumexp(dim=-1)
    logprobs = logits.gather(1, targets[:, None])[:, 0] - totals
    with torch.no_grad():
        shares = (logits.detach() - totals.detach()[:, None]).exp_()
        entropies = totals.detach() - (shares.mul_(logits.detach())).sum(dim=-1)
    return logprobs, entropies


def _example(row: list[int], seen: list[int], kept: int) -> Example:
    tokens = list(zip(row, seen, strict=True))
    prompt, target = ([token for token, there in part if there] for part in (tokens[:-kept], tokens[-kept:]))
    return Example(prompt=tuple(prompt), target=tuple(target))


def _padded(part: torch.Tensor, width: int) -> torch.Tensor:
    return torch.nn.functional.pad(part, (0, width - len(part)))
