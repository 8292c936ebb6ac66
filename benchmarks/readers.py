"""Claim: a language's own rules tell programs from other text as its grammar does, up to the counted errors.

    python benchmarks/readers.py --data DATA                          # every language
    python benchmarks/readers.py --data DATA --languages go --json    # with every error

DATA is a folder with `multipl_e/humaneval-*.jsonl.gz` and `humanevalpack/*.jsonl.gz`. Nothing is run. The programs are
the references of `mutants.py`: HumanEvalPack's, alone or called from a function of MultiPL-E's, and bodies of this
repository below MultiPL-E's prompts. Each is also broken in up to seven ways that no compiler accepts.

Counted are, for the rules and for the grammar: whole programs that they refuse, broken ones that they accept, and how
often both find the same comments and functions. Then the answers with a whole program in one block and a broken one in
a later block, from which extraction, which reads by rules, takes the whole one; and those from which it would where the
grammar decided which blocks parse.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mutants import WAYS, written_here
from passgap.languages import LANGUAGES, RULES
from passgap.records import Prompt
from passgap.tasks import extract


def references(language: str, data: Path) -> Iterator[tuple[str, Any, str]]:
    """Yield the number, problem and text of each whole program."""
    for number, problem, around, body, _ in WAYS.get(language, written_here)(language, data):
        above, below = around.rsplit("{}", 1)
        yield number, problem, above + body + below


def broken(language: str, program: str) -> Iterator[tuple[str, str]]:
    """Yield variants that are no programs, each with how it was made."""
    lines = program.rstrip().split("\n")
    end = r"\bend\b" if language == "ruby" else r"[)}\]]"
    closing = [found.span() for found in re.finditer(end, program)]
    opening = program.rfind("(")
    middle = len(lines) - max(1, len(lines) // 4)
    if closing:
        yield "last closing mark left out", program[: closing[-1][0]] + program[closing[-1][1] :]
    yield "its end cut off", "\n".join([*lines[:-2], lines[-2][: len(lines[-2]) // 2]])
    if opening >= 0:
        yield "last bracket doubled", program[:opening] + "(" + program[opening:]
    yield "a closing mark too many", f"{program.rstrip()}\n" + ("end\n" if language == "ruby" else "}\n")
    yield "a string left open", "\n".join([*lines[:middle], '    x = "left open', *lines[middle:]]) + "\n"
    if language != "bash":  # where every sentence is a command
        yield "a sentence inside", "\n".join([*lines[:middle], "    Here is the rest of it:", *lines[middle:]]) + "\n"
    if (place := program.rfind(" = ")) >= 0 and language != "bash":
        yield "an operator too many", program[:place] + " = = " + program[place + 3 :]


def counted(language: str, data: Path) -> dict[str, Any]:
    """Count the errors of both readers of a language."""
    known = LANGUAGES[language]
    counts: Counter[str] = Counter()
    errors: list[str] = []

    def wrong(who: str, what: str, number: str, how: str) -> None:
        counts[f"{who} {what}"] += 1
        errors.append(f"{language}/{number}: {who} {what}: {how}")

    for number, problem, program in references(language, data):
        rules, grammar = known.read_by_rules(program), known.syntax(program)
        counts["whole"] += 1
        for who, read in (("rules", rules), ("grammar", grammar)):
            if read.errors:
                wrong(who, "refuse a whole one", number, "reference")
        counts["same comments"] += rules.comments == grammar.comments
        counts["same functions"] += {each.name for each in rules.functions} == {each.name for each in grammar.functions}
        counts["same names"] += set(rules.identifiers) == set(grammar.identifiers)
        later = None
        for how, text in broken(language, program):
            counts["broken"] += 1
            by_rules, by_grammar = not known.errors_by_rules(text), not known.errors(text)
            if by_rules:
                wrong("rules", "accept a broken one", number, how)
            if by_grammar:
                wrong("grammar", "accept a broken one", number, how)
            later = text
            counts["answers"] += 1
            counts["taken by rules"] += _taken(problem, program, text, language)
            counts["taken by grammar"] += not grammar.errors and not by_grammar
        assert later is not None
    return {"language": language, "reader": known.reader, **counts, "errors": errors}


def _taken(problem: Any, whole: str, later: str, language: str) -> bool:
    fence = LANGUAGES[language].labels[0]
    answer = f"First:\n```{fence}\n{whole.rstrip()}\n```\nOr rather:\n```{fence}\n{later.rstrip()}\n```\n"
    plain = problem.model_copy(update={"prompt": "Write it.", "prompt_kind": "instruction"})
    found = extract(answer, plain, Prompt(chat=True, user="Write it."))
    return found.program.strip() == whole.strip()


def main() -> None:
    """Print a table, or with `--json` a line per language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--languages", nargs="+", default=[name for name in LANGUAGES.names() if name != "python"])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    columns = ["whole", "rules refuse a whole one", "grammar refuse a whole one", "broken"]
    columns += ["rules accept a broken one", "grammar accept a broken one", "same comments", "same functions"]
    columns += ["same names", "answers", "taken by rules", "taken by grammar"]
    if not asked.json:
        print("| language | " + " | ".join(columns) + " |")
        print("|---" * (len(columns) + 1) + "|")
    for language in asked.languages:
        if LANGUAGES[language].reader == RULES:
            print(f"{LANGUAGES[language].title}: no grammar is installed: `pip install 'passgap[trees]'`")
            continue
        found = counted(language, asked.data)
        if asked.json:
            print(json.dumps(found, ensure_ascii=False))
        else:
            print(f"| {LANGUAGES[language].title} | " + " | ".join(str(found.get(each, 0)) for each in columns) + " |")


if __name__ == "__main__":
    main()
