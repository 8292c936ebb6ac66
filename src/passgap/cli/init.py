"""``passgap init``: a study to start from, commented or asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.errors import StudyError
from passgap.spec.template import study_template
from passgap.store import write_text

AskOption = Annotated[
    bool, typer.Option("--ask", help="Ask every question in this terminal, and write a study of the answers.")
]


def init(
    folder: Annotated[Path, typer.Argument(help="The folder of the new study.")] = Path(),
    ask: AskOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a commented `study.yaml`, valid as it stands for the embedded model and the starter set.

    With `--ask`, every question that a study answers is asked one at a time, with why it is needed; nothing that you
    did not say is filled in. The study is checked at the end: it is valid, or what is missing is named and the exit
    code is 2. Ctrl-C ends the interview, and what was answered is written.

    Examples: `passgap init studies/autocomplete`, edit the file, then `passgap check studies/autocomplete`;
    `passgap init studies/autocomplete --ask`
    """
    target = folder / "study.yaml"
    if target.exists():
        raise StudyError(f"{target} is there already", ["Edit it, or name another folder: nothing is overwritten."])
    if ask:
        _ask(target, as_json=as_json)
        return
    write_text(target, study_template(folder.resolve().name))
    if as_json:
        emit_json({"study": str(target)})
    else:
        stdout.print(f"Wrote {target}. Edit it, then: passgap check {folder}", markup=False)


def _ask(target: Path, *, as_json: bool) -> None:
    """Hold the interview on standard error, write the answers, and check them.

    Raises:
        StudyError: standard input is no terminal, or the study is not complete.
    """
    # Imported here: the template needs none of it.
    from passgap.cli.interview import Broken, interview, require_terminal, study_yaml  # noqa: PLC0415
    from passgap.study.checking import check_study  # noqa: PLC0415

    require_terminal()
    try:
        answers: dict[str, Any] = interview(target.parent.resolve().name, _typed)
    except Broken as broken:
        answers = broken.answers
    if not answers:
        raise StudyError("nothing was answered, and nothing is written")
    write_text(target, study_yaml(answers))
    try:
        checked = check_study(target)
    except StudyError as error:
        raise StudyError(
            f"{target} is written, and not complete yet", [*error.problems, f"Then: `passgap check {target.parent}`."]
        ) from error
    if as_json:
        emit_json({"study": str(target), "digest": checked.digest, "flags": checked.flags})
        return
    stdout.print(f"Wrote {target}, which is valid. Next: passgap verdict {target.parent}", markup=False)
    for flag in checked.flags:
        stdout.print(f"flag   {flag}", style="yellow")


def _typed(prompt: str) -> str:
    """Show a prompt, which is no markup, and read a line."""
    return stderr.input(prompt, markup=False, emoji=False)
