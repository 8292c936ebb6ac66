"""Instructions are found in answers, texts are cut with a mark, and prompts keep all else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.arms.prompt_search.instructions import Place, with_instruction
from passgap.arms.prompt_search.section import PromptSection, needed_calls
from passgap.arms.prompt_search.strategies import excerpt, instruction_in
from passgap.records import Exchange, Prompt


@pytest.mark.parametrize(
    ("answer", "instruction"),
    [
        ("Be brief.", "Be brief."),
        ("I propose:\n```\nBe brief.\n```\nDone.", "Be brief."),
        ("```\none\n```\nbetter:\n```text\ntwo\nlines\n```", "two\nlines"),
        ("```Be brief.```", "Be brief."),
        ("```\nnever closed", "never closed"),
        ("  ", ""),
    ],
)
def test_the_instruction_stands_in_the_last_block(answer: str, instruction: str) -> None:
    assert instruction_in(answer) == instruction


@given(st.text(max_size=300), st.integers(1, 200))
def test_an_excerpt_says_that_it_is_one(text: str, most: int) -> None:
    cut = excerpt(text, most)
    assert cut == text if len(text) <= most else f"{len(text) - most} characters are left out" in cut
    assert text.startswith(cut.partition("\n[... ")[0].rstrip())


@given(st.text(min_size=1), st.sampled_from(Place), st.booleans())
def test_all_else_of_a_prompt_stays(instruction: str, place: Place, chat: bool) -> None:
    prompt = Prompt(
        user="How?",
        prefix="```\n",
        stop=("\n```",),
        chat=chat,
        earlier=(Exchange(user="a", answer="b"),) if chat else (),
    )
    changed = with_instruction(prompt, instruction, place)
    assert changed.model_copy(update={"user": prompt.user, "system": prompt.system}) == prompt
    assert changed.user.endswith("How?")
    assert instruction in (changed.system if place is Place.SYSTEM else changed.user)  # type: ignore[operator]
    assert with_instruction(prompt, "", place) is prompt
    twice = with_instruction(changed, "Also.", Place.SYSTEM)
    assert twice.system is not None and twice.system.endswith("Also.")


@given(st.integers(2, 60), st.integers(1, 10), st.integers(1, 10), st.sampled_from(["gepa", "propose"]))
def test_the_fewest_calls_pay_for_one_new_instruction(
    development: int, minibatch: int, proposals: int, strategy: str
) -> None:
    section = PromptSection(minibatch=minibatch, proposals=proposals, strategy=strategy)  # type: ignore[arg-type]
    needed = needed_calls(section, development)
    chosen_on, reflect_on = len(range(0, development, 2)), len(range(1, development, 2))
    if strategy == "gepa":
        assert needed == 2 * chosen_on + 2 * min(minibatch, reflect_on), "the first, a reflection, the second"
    else:
        assert (needed - min(minibatch, reflect_on)) // (proposals + 1) >= 1, "one problem for each instruction"
