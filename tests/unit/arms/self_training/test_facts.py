"""The counts of a fine-tune say where every sample went, in words that hold for studies of every version."""

from __future__ import annotations

from passgap.arms.self_training.facts import TrainingFacts, facts_of, in_words
from passgap.recipes import TARGET_RULE, ExampleEnds
from passgap.records import ModelManifest, SamplesManifest


def drawn() -> SamplesManifest:
    return SamplesManifest(samples=100, truncated=7, tokens=900)


def model(**changes: object) -> ModelManifest:
    written: dict[str, object] = {
        "examples": 90,
        "steps": 6,
        "tokens": 800,
        "losses": ((1, 0.5), (4, 0.375), (6, 0.25)),
        "dropped_too_long": 2,
        "dropped_empty": 10,
        "dropped_stubs": 5,
        "ends": {"stop_string": 60, "token_limit": 23},
        "mixed_examples": 7,
        "mixed_too_long": 3,
        "mixed_tokens": 100,
        "pass_tokens": 800,
    }
    return ModelManifest.model_validate(written | changes)


def first_version() -> ModelManifest:
    """A fine-tune of a version that counted less."""
    counted = ("dropped_empty", "dropped_stubs", "ends", "pass_tokens")
    mixed = ("mixed_examples", "mixed_too_long", "mixed_tokens")
    return ModelManifest.model_validate(
        {name: value for name, value in model().model_dump(exclude_unset=True).items() if name not in counted + mixed}
    )


def lines(facts: TrainingFacts) -> dict[str, str]:
    return dict(in_words(facts))


def test_every_sample_is_trained_on_or_dropped_for_a_reason() -> None:
    facts = facts_of(drawn(), model())
    assert facts == TrainingFacts(
        sampled=100,
        truncated=7,
        dropped=15,
        dropped_empty=10,
        dropped_stubs=5,
        dropped_too_long=2,
        trained=90,
        steps=6,
        tokens=800,
        losses=((1, 0.5), (4, 0.375), (6, 0.25)),
        ends=ExampleEnds(stop_string=60, token_limit=23),
        mixed_examples=7,
        mixed_too_long=3,
        pass_tokens=800,
        mixed_tokens=100,
    )
    assert facts.sampled == facts.trained - facts.mixed_examples + facts.dropped + facts.dropped_too_long
    assert facts.dropped_empty is not None and facts.dropped_stubs is not None
    assert facts.dropped == facts.dropped_empty + facts.dropped_stubs


def test_the_words_hold_every_count_with_its_unit() -> None:
    assert lines(facts_of(drawn(), model())) == {
        "sampled": "100 completions of the pool, 7 truncated",
        "dropped": "10 empty, 5 stubs, 2 too long",
        "training target": TARGET_RULE,
        "completions ended by": "60 a stop string, 23 the token limit",
        "mixed in": "7 of 90 examples (7.78 %) with 100 of 800 completion tokens (12.50 %) are instruction data; 3 "
        "examples were too long and skipped",
        "trained on": "90 examples, 800 tokens, 6 steps",
        "loss": "0.500 at step 1, 0.250 at step 6, nats per token",
    }


def test_a_rule_of_an_arms_own_is_named_with_what_it_dropped() -> None:
    facts = facts_of(drawn(), model(dropped_not_passing=9, examples=81))
    assert facts.dropped_otherwise == {"not_passing": 9}
    assert facts.dropped == 24
    assert lines(facts)["dropped"] == "10 empty, 5 stubs, 9 not passing, 2 too long"


def test_what_an_earlier_version_did_not_count_is_not_made_up() -> None:
    facts = facts_of(drawn(), first_version())
    assert (facts.dropped, facts.dropped_empty, facts.dropped_stubs, facts.ends) == (8, None, None, None)
    told = lines(facts)
    assert told["dropped"] == "8 empty or stubs, 2 too long"
    assert told["training target"] == "the text and the first stop string, by a rule of an earlier version"
    assert not {"completions ended by", "mixed in", "encoded from text"} & told.keys()


def test_one_of_the_two_counts_of_dropped_samples_is_not_taken_for_both() -> None:
    facts = facts_of(drawn(), model(dropped_stubs=None))
    assert lines(facts)["dropped"] == "15 empty or stubs, 2 too long"


def test_samples_without_tokens_are_told() -> None:
    told = lines(facts_of(drawn(), model(ends={"unknown": 1, "end_token": 2, "from_text": 3})))
    assert told["completions ended by"] == "2 the end token, 1 not known"
    assert told["encoded from text"].startswith("3 samples were stored without their tokens")
    assert lines(facts_of(drawn(), model(ends={})))["completions ended by"] == "nothing"


def test_a_mix_of_which_nothing_was_too_long_says_no_more() -> None:
    assert lines(facts_of(drawn(), model(mixed_too_long=0)))["mixed in"].endswith("are instruction data")
