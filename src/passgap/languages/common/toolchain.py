"""Toolchains as data: the programs that build and run a language's programs, and how they are found and used.

Arguments of commands hold placeholders in braces: the name of a tool stands for its path, ``{scratch}`` for the folder
that a command is started in, ``{cache}`` for that of what was prepared, ``{memory}`` for the memory limit in MiB and
``{heap}`` for the part of it that a managed heap may take, and the language itself may define others for each program
(:meth:`passgap.languages.Language.command_values`).
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Tool:
    """A program of a toolchain, and how it is found on a machine.

    It is looked for in the folders of ``PASSGAP_TOOLCHAINS``, on the search path, beside passgap's own interpreter, and
    in ``places``.
    """

    name: str
    """The placeholder of its path in commands."""
    commands: tuple[str, ...] = ()
    """The names by which it is looked for, the first that exists; by default its own."""
    places: tuple[str, ...] = ()
    """Further paths where it may be: patterns; ``~`` is the home folder, and a relative one lies in a folder of
    ``PASSGAP_TOOLCHAINS`` or in passgap's own data folder, where it is installed without a system package."""
    home: tuple[str, ...] = ()
    """The arguments with which it prints the folder that it is installed in; that folder is bound."""
    executable: str = ""
    """Below that folder, the program to start instead: what was found may be a launcher that chooses a version."""
    levels: int | None = None
    """Without ``home``: how many folders above its real path the folder to bind is; None binds nothing but itself."""
    version: tuple[str, ...] = ("--version",)
    """The arguments with which it prints its version, on the first line."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which it is looked for."""
        return self.commands or (self.name,)


@dataclass(frozen=True)
class Preparation:
    """Files that are made once for each version of a toolchain, from sources of passgap alone, and then only read.

    The commands run outside the jail, in a folder with the files. What they leave in ``{cache}`` is bound read-only.
    """

    files: tuple[tuple[str, str], ...] = ()
    """Sources by their names."""
    commands: tuple[tuple[str, ...], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CompileServer:
    """A compiler that stays loaded: it reads sources from its standard input, and answers with what it made of them.

    A request is the number of files, and for each the length of its path, the path, the length of its text and the
    text, in big-endian integers of four bytes and UTF-8. An answer is a status (0: compiled, 1: the program is at
    fault, anything else: the server is), the length of the messages and the messages, and files in the same form.
    """

    command: tuple[str, ...]
    compiles: int = 200
    """The compilations after which it is ended, and another one started for the next."""
    memory_bytes: int = 2048 * MIB


@dataclass(frozen=True)
class BuildLimits:
    """The limits of building one program, which are not those of running it."""

    seconds: float = 60.0
    """CPU time of the compiler and everything that it starts."""
    memory_bytes: int = 4096 * MIB
    processes: int = 64
    scratch_bytes: int = 256 * MIB
    artefact_bytes: int = 64 * MIB
    """The most that a build may leave."""


REPOSITORY = "repository"
"""The style of tests of an edited repository, which bring the commands that build and run them."""
OWN_STYLES = frozenset({"calls", "embedded"})
"""The styles of tests that are written in the program's own language, and run by the commands of a toolchain."""
COMMAND_STYLES = frozenset({"stdio", REPOSITORY}) | OWN_STYLES
"""The styles of tests that programs are run with by the commands of a toolchain."""
SCRIPT = "script"
"""The style of tests that run the program themselves, in an environment that a person brings."""
NEVER_RUN = frozenset({"none"})
"""The styles of tests with which no program is run."""


@dataclass(frozen=True)
class Toolchain:
    """How programs are built and run, as data; without commands, the sandbox's own interpreter runs the file."""

    file: str
    """The name of the file that a program is written to. Its stem is the module that tests import it as."""
    build: tuple[tuple[str, ...], ...] = ()
    """The commands that build it, each an argument list, in a folder with the file; empty where nothing is built."""
    optimise: tuple[str, ...] = ()
    """The value of ``{optimise}`` in the build of a whole program, whose run may take long; in others it is empty."""
    quick: tuple[str, ...] = ()
    """Another value of it, with which a whole program is built first, where a build is quicker than most runs are long.

    What it makes of a program has to behave as what :attr:`optimise` makes of it: a run that is not done soon is
    repeated with that one. Empty where a program is built once.
    """
    run: tuple[str, ...] = ()
    """The command that runs what was built, in a folder with it."""
    tools: tuple[Tool, ...] = ()
    """The programs that the commands name."""
    package: str = ""
    """How it is installed, for people."""
    beside: tuple[tuple[str, str], ...] = ()
    """Files that lie beside the program while it is built, by their names."""
    artefacts: tuple[str, ...] = ()
    """Patterns of the files that a build leaves and that a run needs; nothing else of it reaches the run."""
    preparation: Preparation = Preparation()
    server: CompileServer | None = None
    """Builds programs in place of the commands, which it must not need."""
    build_environment: tuple[tuple[str, str], ...] = ()
    run_environment: tuple[tuple[str, str], ...] = ()
    build_binds: tuple[str, ...] = ()
    """Patterns of further files and folders that a build may read; those that do not exist are left out."""
    run_binds: tuple[str, ...] = ()
    """The same of a run, which sees nothing but shared libraries, these, and :attr:`runtime`."""
    runtime: tuple[str, ...] = ()
    """The tools that a run needs."""
    runs_with_cache: bool = False
    """Whether a run needs what was prepared."""
    limits: BuildLimits = BuildLimits()
    reserved_bytes: int = 0
    """Address space that a run may reserve beyond its memory limit, which the memory that it holds is compared with."""
    out_of_memory: tuple[str, ...] = ()
    """Texts on standard error by which a run that failed says that it reached its memory limit."""
    proof: str = ""
    """A program that prints each line of its standard input; ``passgap doctor`` runs it."""

    @property
    def module(self) -> str:
        """The name by which a test file imports the program."""
        return self.file.partition(".")[0]

    @property
    def needs_commands(self) -> bool:
        """Whether it takes other programs than the sandbox's own interpreter."""
        return bool(self.build or self.run)

    def takes(self, style: str) -> bool:
        """Whether the sandbox runs its programs with tests of a style."""
        return style in COMMAND_STYLES if self.needs_commands else style not in OWN_STYLES | NEVER_RUN


def expanded(arguments: tuple[str, ...], values: dict[str, str | tuple[str, ...]]) -> list[str]:
    """Return a command with its placeholders replaced; one that is a whole argument may stand for several or none.

    Braces around anything else than a name in ``values`` stay as they are.
    """
    command: list[str] = []
    for argument in arguments:
        whole = values.get(argument[1:-1]) if argument[:1] + argument[-1:] == "{}" else None
        if isinstance(whole, tuple):
            command += expanded(whole, values)
            continue
        for name, value in values.items():
            if isinstance(value, str):
                argument = argument.replace(f"{{{name}}}", value)  # noqa: PLW2901
        command.append(argument)
    return command
