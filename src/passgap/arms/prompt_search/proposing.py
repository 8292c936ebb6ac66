"""Several instructions are written at once, and the best on development problems is taken: APE (arXiv 2211.01910)."""

from __future__ import annotations

from passgap.arms.prompt_search.section import PromptSection
from passgap.arms.prompt_search.strategies import EXCERPTS, Means, Tried, excerpt, instruction_in, tried

QUESTION = """\
A model is asked to solve problems like these. Under each one stands what it wrote, and what came of it.

{examples}

Write one instruction, of at most four sentences, that would be put before every such problem and help the model to \
solve it. It must not speak of any single problem. Give the instruction alone, between ``` and ```."""


def propose(section: PromptSection, means: Means) -> list[Tried]:
    """Try the instruction that the search begins with and as many new ones as declared, on the same problems.

    Returns:
        Every instruction that was tried with its score, the first one first.
    """
    calls = section.max_metric_calls
    shown = means.reflect_on[: section.minibatch]
    begun = means.trials.measure(section.instruction, shown)
    answers = [(each.completion, f"{each.outcome} {each.reason}".strip()) for each in begun]
    for most in EXCERPTS:
        examples = "\n\n".join(
            f"Problem:\n{excerpt(means.asked[problem.id].user, most)}\n\nAnswer:\n{excerpt(completion, most)}\n\n"
            f"Result: {excerpt(outcome, most)}"
            for problem, (completion, outcome) in zip(shown, answers, strict=True)
        )
        question = QUESTION.format(examples=examples)
        if means.reflector.holds(question):
            break
    written = [instruction_in(means.reflector.ask(question)) for _ in range(section.proposals)]
    instructions = [section.instruction, *dict.fromkeys(each for each in written if each != section.instruction)]
    usable = [each for each in instructions if each == section.instruction or (each and means.trials.fits(each))]
    problems = means.choose_on[: (calls - len(shown)) // len(usable)]
    return [tried(each, means.trials.measure(each, problems)) for each in usable]
