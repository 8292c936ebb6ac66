"""The parts that every style of tests shares."""

from __future__ import annotations

import abc
import ast
import builtins
import contextlib
import random
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..processes.deadline import AFTER_FAILURE_SECONDS, Deadline
from ..stops import Stop
from .independence import Independence
from ..session.shared_process import Sharing
from ..session.introspection import above, type_of
from ..session.session import Foresight, Session
from .calls import ABOVE, TYPE_OF, UNMET

PASSED, FAILED, NOT_REACHED = "P", "F", "?"
GENERATORS = ("random", "numpy.random")
REASON_LENGTH = 300
GUARDED = f"try:\n    pass\nexcept BaseException as {UNMET}error__:\n    {UNMET}({UNMET}error__)\n    raise"
DIVERGENCES = 3
"""After so many samples for which calls made ahead did not suit, none are made any more."""


class TestsUnusable(Exception):
    """The tests cannot be used: a fault of theirs, never of a sample."""

    __test__ = False


def independence_of(trees: Mapping[str, ast.Module], of_program: Collection[str]) -> Independence:
    """Return what in the tests' code does not depend on the program.

    Raises:
        TestsUnusable: they would execute, outside the jail, what the program answered.
    """
    independence = Independence(trees, of_program)
    if (call := independence.executed()) is not None:
        raise TestsUnusable(f"the tests would execute outside the sandbox what the program answered: {call:.80}")
    return independence


class CaseResults:
    """The results of one sample's tests so far.

    Args:
        cases: how many tests there are.
        deadline: of the sample, which is shortened once a test failed.
        is_fault_of_tests: whether an exception is a fault of the tests; see :mod:`..blame`.
    """

    def __init__(
        self, cases: int, deadline: Deadline | None, is_fault_of_tests: Callable[[BaseException], bool] | None = None
    ) -> None:
        self._cases = [NOT_REACHED] * cases
        self._deadline = deadline
        self._is_fault_of_tests = is_fault_of_tests
        self.reason: str | None = None
        """Why the first test failed that did."""

    def expect(self, cases: int) -> None:
        """Set the number of tests, where it is known only once they are read."""
        self._cases = [NOT_REACHED] * cases

    def passed(self, case: int) -> None:
        self._cases[case] = PASSED

    def failed(self, case: int, error: BaseException | str) -> None:
        """Record a failure.

        Raises:
            TestsUnusable: it is a fault of the tests, and so no sample's.
        """
        if isinstance(error, BaseException) and self._is_fault_of_tests is not None and self._is_fault_of_tests(error):
            raise TestsUnusable(f"the tests themselves fail: {describe(error)}") from error
        self._cases[case] = FAILED
        if self.reason is None:
            self.reason = f"test {case + 1}: {describe(error)}"
            if self._deadline is not None:
                self._deadline.shorten(AFTER_FAILURE_SECONDS)

    @property
    def cases(self) -> str:
        return "".join(self._cases)

    @property
    def all_passed(self) -> bool:
        return bool(self._cases) and all(case == PASSED for case in self._cases)


class Plan(abc.ABC):
    """A plan of what to ask of a program, and what to make of the answers.

    A plan is made from the tests' JSON and the entry point's name, before the first sample's time begins.
    """

    cases: int
    names: tuple[str, ...] = ()
    """Names of the program that the tests use."""
    batch: bytes | None = None
    """Calls that can be made all at once, as JSON."""
    imports: str = ""
    """Code that the program may rely on: imports and classes of the tests' setup, never a test."""
    isolated = False
    """Whether each answer is looked at alone and right after its call, so that a copy of it does; see :mod:`.flow`."""
    foreseeable = False
    """Whether no answer of a program's can come back to it as an argument; see :mod:`.flow`."""
    foresight: Foresight | None = None
    """The calls that an earlier sample saw, where they could not be read from the tests."""
    diverged = 0
    """How many samples had to be run again because calls made ahead did not suit them."""
    whole = False
    """Whether the program is run from start to end instead of being asked."""
    imported: frozenset[str] = frozenset()
    """Modules that the tests import."""
    uses_package = False
    """Whether any of them is of an installed package, whose values may then be among the arguments."""
    missing: frozenset[str] = frozenset()
    """Modules that the tests import somewhere and that cannot be imported, program or no program."""
    texts: frozenset[str] = frozenset()
    """Every text that stands in the tests."""
    independence: Independence | None = None
    """Tells which faults of the tests no program has a share in, where their code is at hand."""
    sharing = Sharing()
    """The parts of the process that the tests share with the program."""

    @abc.abstractmethod
    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        """Read the tests, and import what they import."""

    @abc.abstractmethod
    def judge(self, session: Session, results: CaseResults) -> None:
        """Try every test and record it. What escapes ends the sample."""

    @property
    def goes_ahead(self) -> bool:
        """Whether calls of the next sample are made ahead."""
        return (
            not self.sharing and self.diverged < DIVERGENCES and (self.batch is not None or self.foresight is not None)
        )


def describe(error: BaseException | str) -> str:
    """One line about a failure."""
    if isinstance(error, str):
        return error[:REASON_LENGTH]
    try:
        text = " ".join(str(error).split())
    except (Exception, Stop):  # noqa: BLE001 - an integer too long to be written, an object that refuses
        text = ""
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:REASON_LENGTH]


def shown(value: Any) -> str:
    """The beginning of a value's representation, or its type where it has none."""
    try:
        return f"{value!r:.100}"
    except (Exception, Stop):  # noqa: BLE001 - as above
        return type(value).__name__


class Namespace(dict[str, Any]):
    """The global names of the tests: their own, and those of the program where they have none of that name.

    The program's are read when the tests read them, since calls may bind them anew.
    """

    def __init__(self, names: dict[str, Any], read: Callable[[str], Any]) -> None:
        super().__init__(names)
        self._read = read

    def __missing__(self, name: str) -> Any:
        return self._read(name)


def fresh_globals(values: dict[str, Any], session: Session, name: str = "tests") -> Namespace:
    """The name space in which the tests of one sample run; drawn numbers are the same for every sample."""
    random.seed(0)
    ours = {TYPE_OF: type_of, ABOVE: above, UNMET: session.unmet}
    evaluating = {"eval": session.evaluator.evaluate, "exec": session.evaluator.execute}
    ours |= {name: function for name, function in evaluating.items() if not session.available([name])}
    return Namespace({"__name__": name, "__builtins__": builtins, **ours, **values}, session.name)


@contextlib.contextmanager
def seeding_both(session: Session) -> Iterator[None]:
    """Let tests that seed a generator seed the program's as well, as they would in one process."""
    modules: list[str] = [name for name in GENERATORS if name in sys.modules]
    originals: dict[str, Any] = {name: sys.modules[name].seed for name in modules}

    def both(name: str) -> Callable[..., None]:
        def seed(*args: Any) -> None:
            originals[name](*args)
            if session.shares_random:
                session.seed(name, *args)

        return seed

    try:
        for name in modules:
            vars(sys.modules[name])["seed"] = both(name)
        yield
    finally:
        for name, original in originals.items():
            vars(sys.modules[name])["seed"] = original


class Prepared(ast.NodeTransformer):
    """Tests in which ``type(x)`` and ``x.__class__`` mean the class that a program's object has in the program.

    And ``super()`` means what is above a class of the tests that extends one of the program's. In the body of a
    ``with``, what keeps an assertion from being reached is no more told to a program's manager than its failure is.
    """

    def __init__(self) -> None:
        self._first_arguments: list[str | None] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        arguments = [*node.args.posonlyargs, *node.args.args]
        self._first_arguments.append(arguments[0].arg if arguments else None)
        self.generic_visit(node)
        self._first_arguments.pop()
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1 and not node.keywords:
            node.func = ast.copy_location(ast.Name(TYPE_OF, ast.Load()), node.func)
        first = self._first_arguments[-1] if self._first_arguments else None
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and first is not None:
            node.func = ast.copy_location(ast.Name(ABOVE, ast.Load()), node.func)
            node.args = [ast.copy_location(ast.Name(name, ast.Load()), node) for name in ("__class__", first)]
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        self.generic_visit(node)
        last = max((place for place, part in enumerate(node.body, start=1) if _asserts(part)), default=0)
        if last and not all(_is_of_library(item.context_expr) for item in node.items):
            guarded = ast.parse(GUARDED).body[0]
            assert isinstance(guarded, ast.Try)
            for part in ast.walk(guarded):
                ast.copy_location(part, node.body[0])
            guarded.body = node.body[:last]
            node.body = [guarded, *node.body[last:]]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "builtins" and node.attr in ("eval", "exec"):
            return ast.copy_location(ast.Name(node.attr, node.ctx), node) if isinstance(node.ctx, ast.Load) else node
        if node.attr != "__class__" or not isinstance(node.ctx, ast.Load):
            return node
        function = ast.copy_location(ast.Name(TYPE_OF, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node.value], []), node)


def _asserts(node: ast.AST) -> bool:
    """Whether a statement asserts something, as pytest or unittest do."""
    return any(
        isinstance(part, ast.Assert)
        or (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and (part.func.attr.startswith("assert") or part.func.attr == "fail")
        )
        for part in ast.walk(node)
    )


def _is_of_library(manager: ast.expr) -> bool:
    """Whether a context manager is known to be none of a program's: ``pytest.raises(...)``, ``self.subTest(...)``."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("pytest", "self", "contextlib", "mock", "warnings")
    )


def parsed(code: str) -> ast.Module:
    """Return the tree of tests, ready to be run with proxies."""
    tree: ast.Module = Prepared().visit(ast.parse(code))
    return tree
