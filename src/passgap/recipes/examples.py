"""From a sample to what is trained on: one rule for every arm."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.records import FinishReason, Prompt, Record, Sample, TrainExample

TARGET_RULE = (
    "the tokens that the model drew, up to and with what ended the sample: its end token, or the whole token in which "
    "a stop string was completed; a sample that the token limit cut has no end, and is given none"
)
"""The rule in words, as registered."""


class ExampleEnds(Record):
    """How many examples ended in which way, and how many are known as text alone."""

    end_token: int = 0
    stop_string: int = 0
    token_limit: int = 0
    unknown: int = 0
    from_text: int = 0
    """Examples whose tokens were not kept when they were sampled: their text is encoded again."""


def training_example(prompt: Prompt, sample: Sample) -> TrainExample:
    """Pair the prompt with the model's own words by :data:`TARGET_RULE`.

    Of a sample without tokens, which an earlier version or a server drew, the text is taken with the stop string or the
    end token that ended it. Where neither is known and only one stop string could, that one is taken; nothing else is
    added that the model may not have said.
    """
    text = sample.completion
    if sample.tokens is not None:
        return TrainExample(prompt=prompt, completion=text + (sample.stop or ""), tokens=sample.tokens)
    stop = sample.stop
    if stop is None and sample.end_token is None and sample.finish_reason is FinishReason.STOP:
        stop = prompt.stop[0] if len(prompt.stop) == 1 else None
    return TrainExample(prompt=prompt, completion=text + (stop or ""), end_token=sample.end_token)


def earlier_example(prompt: Prompt, sample: Sample) -> TrainExample:
    """Return the example of passgap's first version: the text and, whatever ended it, the first stop string.

    By it a fine-tune of that version is found again; nothing new is trained on it.
    """
    ended = sample.finish_reason is FinishReason.STOP and prompt.stop
    return TrainExample(prompt=prompt, completion=sample.completion + (prompt.stop[0] if ended else ""))


def ends_of(samples: Iterable[Sample]) -> ExampleEnds:
    """Count what ended samples."""
    counts = dict.fromkeys(ExampleEnds.model_fields, 0)
    for sample in samples:
        counts["from_text"] += sample.tokens is None
        if sample.finish_reason is FinishReason.LENGTH:
            counts["token_limit"] += 1
        elif sample.end_token is not None:
            counts["end_token"] += 1
        else:
            counts["unknown" if sample.stop is None else "stop_string"] += 1
    return ExampleEnds(**counts)
