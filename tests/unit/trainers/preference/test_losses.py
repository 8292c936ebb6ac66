"""The losses are those of the papers' equations, on token ids that passgap chose, and equal to TRL's own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.unit.trainers.preference.pairs import PAIRS, config  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from passgap.ports.preference_job import LogProbs  # noqa: E402
from passgap.records import PreferenceLoss  # noqa: E402
from passgap.trainers.preference import pair_trainer  # noqa: E402
from passgap.trainers.preference.encoding import encode_pairs  # noqa: E402
from passgap.trainers.preference.pair_trainer import PairTrainer, PairUpdate, share_of  # noqa: E402

REFERENCE = [LogProbs(chosen=-40.0, rejected=-31.5), LogProbs(chosen=-25.25, rejected=-28.0)]
"""Fixed values, so that a loss can be computed by hand."""


def trainer_of(
    base: Path, scratch: Path, loss: PreferenceLoss, rows: Any, reference: Any = None, **options: Any
) -> PairTrainer:
    settings = {"output_dir": str(scratch), "use_cpu": True, "bf16": False, "report_to": "none", "max_steps": 1}
    return PairTrainer(
        rows,
        reference or REFERENCE[: len(rows)],
        loss,
        [PairUpdate(parts=(tuple(range(len(rows))),), pairs=len(rows))],
        {**settings, "per_device_train_batch_size": 2, "learning_rate": config().learning_rate, **options},
        model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        processing_class=AutoTokenizer.from_pretrained(base),
    )


def batch_of(trainer: PairTrainer) -> Any:
    """The input of the model for the first part of the first update."""
    update = next(iter(trainer.get_train_dataloader()))
    return trainer.data_collator([trainer._rows[place] for place in update.parts[0]])


def log_probs_by_hand(base: Path, row: dict[str, list[int]], side: str) -> float:
    """The summed log-probability of an answer, from the whole logits of the model."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    prompt, answer = row["prompt_ids"], row[f"{side}_ids"]
    with torch.no_grad():
        logs = model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
    return float(sum(logs[len(prompt) + place - 1, token] for place, token in enumerate(answer)))


def expected(loss: PreferenceLoss, rows: Any, base: Path) -> float:
    """The mean over the pairs of the papers' equations, and the cross-entropy of the chosen answers."""
    values, chosen_sum, chosen_tokens = [], 0.0, 0
    for row, known in zip(rows, REFERENCE, strict=False):
        chosen, rejected = (log_probs_by_hand(base, row, side) for side in ("chosen", "rejected"))
        better, worse = chosen - known.chosen, rejected - known.rejected
        if loss.kind == "dpo":  # arXiv 2305.18290, Eq. 7
            values.append(-math.log(1 / (1 + math.exp(-loss.beta * (better - worse)))))
        else:  # arXiv 2310.12036, Eq. 17, with log-ratios per token
            margin = better / len(row["chosen_ids"]) - worse / len(row["rejected_ids"])
            values.append((margin - 1 / (2 * loss.beta)) ** 2)
        chosen_sum += chosen
        chosen_tokens += len(row["chosen_ids"])
    return sum(values) / len(values) - loss.sft_weight * chosen_sum / chosen_tokens


LOSSES = [
    PreferenceLoss(kind="dpo", beta=0.1),
    PreferenceLoss(kind="dpo", beta=0.3, sft_weight=0.2),
    PreferenceLoss(kind="ipo", beta=0.1),
    PreferenceLoss(kind="ipo", beta=0.5, sft_weight=1.0),
]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda each: f"{each.kind}-{each.beta}-{each.sft_weight}")
def test_a_loss_is_the_papers_on_a_fixed_example(tiny_model: Path, tmp_path: Path, loss: PreferenceLoss) -> None:
    rows = encode_pairs(AutoTokenizer.from_pretrained(tiny_model), PAIRS[:2], 512).rows
    trainer = trainer_of(tiny_model, tmp_path, loss, rows)
    batch = batch_of(trainer)
    with torch.no_grad():
        found = float(trainer.compute_loss(trainer.model, batch))
    assert found == pytest.approx(expected(loss, rows, tiny_model), rel=1e-5)


@pytest.mark.parametrize("loss", LOSSES[1::2], ids=lambda each: each.kind)
def test_the_plain_head_gives_the_loss_and_the_gradients_of_trls_fused_one(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: PreferenceLoss
) -> None:
    rows = encode_pairs(AutoTokenizer.from_pretrained(tiny_model), PAIRS[:2], 512).rows
    found = []
    for head in (pair_trainer.use_plain_head, lambda *_, **__: None):
        monkeypatch.setattr(pair_trainer, "use_plain_head", head)
        trainer = trainer_of(tiny_model, tmp_path, loss, rows)
        batch = batch_of(trainer)
        value = trainer.compute_loss(trainer.model, batch)
        value.backward()
        found.append((float(value), torch.cat([each.grad.flatten() for each in trainer.model.parameters()])))
    (plain, gradient), (fused, other) = found
    assert plain == pytest.approx(fused, rel=1e-5)
    torch.testing.assert_close(gradient, other, rtol=1e-3, atol=1e-6)


def test_the_token_ids_that_carry_loss_are_those_of_the_answers(tiny_model: Path, tmp_path: Path) -> None:
    rows = encode_pairs(AutoTokenizer.from_pretrained(tiny_model), PAIRS[:2], 512).rows
    batch = batch_of(trainer_of(tiny_model, tmp_path, LOSSES[0], rows))
    ids, answers = batch["input_ids"], batch["completion_mask"].bool()
    before = batch["attention_mask"].bool() & ~answers
    seen = [(ids[each][before[each]].tolist(), ids[each][answers[each]].tolist()) for each in range(len(ids))]
    assert seen == [(row["prompt_ids"], row[f"{side}_ids"]) for side in ("chosen", "rejected") for row in rows]


def test_a_gradient_comes_from_the_answers_alone(tiny_model: Path, tmp_path: Path) -> None:
    """The last token of a prompt predicts the first one of an answer; no earlier one of the prompt does."""
    rows = encode_pairs(AutoTokenizer.from_pretrained(tiny_model), PAIRS[:1], 512).rows
    trainer = trainer_of(tiny_model, tmp_path, LOSSES[0], rows)
    seen: list[Any] = []

    def keep(_: Any, __: Any, output: Any) -> None:
        output.retain_grad()
        seen.append(output)

    trainer.model.lm_head.register_forward_hook(keep)
    batch = batch_of(trainer)
    trainer.compute_loss(trainer.model, batch).backward()
    [logits] = seen
    touched = logits.grad.abs().sum(-1) > 0
    for side, name in enumerate(("chosen", "rejected")):
        assert int(touched[side].sum()) == len(rows[0][f"{name}_ids"])


def test_nobody_is_told_of_a_fine_tune() -> None:
    assert PairTrainer._send_telemetry is not pair_trainer.DPOTrainer._send_telemetry, "TRL has it under another name"


@pytest.mark.parametrize(("pairs", "at_once", "processes"), [(8, 2, 2), (5, 2, 2), (1, 1, 2), (7, 3, 3), (4, 4, 1)])
def test_processes_share_an_update_without_a_pair_twice_and_take_as_many_parts(
    pairs: int, at_once: int, processes: int
) -> None:
    shares = [share_of(list(range(pairs)), at_once, each, processes) for each in range(processes)]
    counted = [place for share in shares for part in share.parts[: len(share.parts) - share.idle] for place in part]
    assert sorted(counted) == list(range(pairs))
    assert len({len(share.parts) for share in shares}) == 1 and {share.pairs for share in shares} == {pairs}
