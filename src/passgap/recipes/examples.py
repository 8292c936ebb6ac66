"""From a sample to what is trained on."""

from __future__ import annotations

from passgap.records import FinishReason, Prompt, Sample, TrainExample


def training_example(prompt: Prompt, sample: Sample) -> TrainExample:
    """Pair the prompt with the model's own words, up to and with the stop string that ended them.

    A truncated completion ends where it was cut, with no stop string after it: nothing is added that the model did not
    say.
    """
    ended = sample.finish_reason is FinishReason.STOP and prompt.stop
    return TrainExample(prompt=prompt, completion=sample.completion + (prompt.stop[0] if ended else ""))
