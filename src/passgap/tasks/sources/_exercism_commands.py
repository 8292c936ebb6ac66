"""How the tests of Exercism's tracks are built and run, without the track's own runner and without a network.

Tests run inside the jail, by commands of the language's toolchain. Where a track's framework is not part of that, as
jest, Catch2 and JUnit are not, a small stand-in is laid over the tree with the tests.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import PurePosixPath

from passgap.records import RepositoryTests, ResultsFormat

_GO_TEST = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
_RUST_TEST = re.compile(r"#\[test\](?:\s*#\[[^\]]*\])*\s*(?:pub )?fn (\w+)\(")
_CPP_TEST = re.compile(r"TEST_CASE\(\s*\"((?:[^\"\\]|\\.)*)\"")
_JAVA_TEST = re.compile(r"@Test\s+(?:@\w+(?:\([^)]*\))?\s+)*(?:public\s+)?void\s+(\w+)\(")
_JS_TEST = re.compile(r"\bx?(?:test|it)(?:\.\w+)?\(\s*(['\"`])(.*?)(?<!\\)\1")
_JS_IMPORT = re.compile(r"(from\s+['\"])(\.{1,2}/[^'\"]+?)(?:\.js)?(['\"])")
_JAVAC = ("-J-XX:CompressedClassSpaceSize=64m", "-J-XX:ReservedCodeCacheSize=64m", "-J-XX:+UseSerialGC", "-J-Xmx768m")
_JAVA = ("-XX:CompressedClassSpaceSize=64m", "-XX:ReservedCodeCacheSize=64m", "-XX:+UseSerialGC", "-Xmx{heap}m")


class NothingTested(ValueError):  # noqa: N818 - an answer: writing the tests is the exercise
    """The test files hold no test."""


def tests_of(language: str, files: Mapping[str, str], tests: Sequence[str], solution: Sequence[str]) -> RepositoryTests:
    """The tests of an exercise with the commands that run them.

    Args:
        language: one of :data:`LANGUAGES`.
        files: everything in the exercise's folder.
        tests: the paths of its test files.
        solution: the paths of what is to be edited.

    Raises:
        NothingTested: the test files hold no test, as where writing them is the exercise.
        ValueError: there is not one test file where one is expected.
    """
    return LANGUAGES[language]({path: files[path] for path in tests}, files, solution)


def editable(language: str, solution: Sequence[str]) -> list[str]:
    """The files that an answer may change: those of the solution, and in Java others beside them."""
    sources = [path for path in solution if not path.endswith((".toml", ".mod"))]
    return ["src/main/java/*.java"] if language == "java" else sources


def solution_of(language: str, solution: Sequence[str], examples: Sequence[str]) -> dict[str, str]:
    """The example that solves each file; in Java by the names of the files, of which there may be more than stubs."""
    if language == "java":
        return {f"src/main/java/{PurePosixPath(path).name}": path for path in examples}
    return dict(zip(editable(language, solution), examples, strict=False))


def _go(tests: dict[str, str], files: Mapping[str, str], solution: Sequence[str]) -> RepositoryTests:
    hidden = {**{path: text for path, text in files.items() if path.endswith("_test.go")}, **tests}
    return RepositoryTests(
        files=hidden,
        build=(("{go}", "test", "-c", "-vet=off", "-o", "program", "."),),
        artefacts=("program",),
        command=("{scratch}/program", "-test.v"),
        results=ResultsFormat.GO_TEST_JSON,
        must_pass=_names(_GO_TEST, hidden),
    )


def _rust(tests: dict[str, str], files: Mapping[str, str], solution: Sequence[str]) -> RepositoryTests:
    manifest = tomllib.loads(files["Cargo.toml"])
    crate = str(manifest["package"]["name"]).replace("-", "_")
    features = [f'--cfg=feature="{name}"' for name in manifest.get("features", {}) if name != "default"]
    common = ("{rustc}", "--edition=2021", "-Cdebuginfo=0", "-Clinker={cc}", "--cap-lints=allow", *features)
    return RepositoryTests(
        files=tests,
        build=(
            (*common, f"--crate-name={crate}", "--crate-type=lib", "-o", f"lib{crate}.rlib", "src/lib.rs"),
            (*common, "--test", f"--extern={crate}=lib{crate}.rlib", "-o", "program", next(iter(tests))),
        ),
        artefacts=("program",),
        command=("{scratch}/program", "--include-ignored", "--test-threads=1"),
        results=ResultsFormat.CARGO,
        must_pass=_names(_RUST_TEST, tests),
    )


def _cpp(tests: dict[str, str], files: Mapping[str, str], solution: Sequence[str]) -> RepositoryTests:
    main = "test/tests-main.cpp"
    hidden = {
        **tests,
        "test/catch.hpp": _stand_in("catch.hpp"),
        main: '#define CATCH_CONFIG_MAIN\n#include "catch.hpp"\n',
    }
    sources = [path for path in (*solution, *tests, main) if path.endswith(".cpp")]
    return RepositoryTests(
        files=hidden,
        build=(("{gxx}", "-std=c++17", "-DEXERCISM_RUN_ALL_TESTS", "-I.", "-o", "program", *sources),),
        artefacts=("program",),
        command=("{scratch}/program",),
        results=ResultsFormat.TAP,
        must_pass=_names(_CPP_TEST, tests),
    )


def _java(tests: dict[str, str], files: Mapping[str, str], solution: Sequence[str]) -> RepositoryTests:
    root = resources.files("passgap.tasks").joinpath("exercism", "java")
    parts = ("RunTests", *(f"org/junit/jupiter/api/{each}" for each in _JUNIT), "org/assertj/core/api/Assertions")
    own = {f"passgap/{part}.java": root.joinpath(f"{part}.java").read_text(encoding="utf-8") for part in parts}
    classes = [PurePosixPath(path).stem for path in tests]
    sources = "src/main/java:src/test/java:passgap"
    return RepositoryTests(
        files={**tests, **own},
        build=(
            ("{javac}", *_JAVAC, "-g:none", "-sourcepath", sources, "-d", "classes", *tests, "passgap/RunTests.java"),
        ),
        artefacts=("classes/**/*.class",),
        command=("{java}", *_JAVA, "-cp", "{scratch}/classes", "RunTests", *classes),
        results=ResultsFormat.TAP,
        must_pass=_found(
            [
                f"{name}.{found}"
                for name, text in zip(classes, tests.values(), strict=True)
                for found in _JAVA_TEST.findall(text)
            ]
        ),
    )


def _javascript(tests: dict[str, str], files: Mapping[str, str], solution: Sequence[str]) -> RepositoryTests:
    whole = {path: _JS_IMPORT.sub(r"\1\2.js\3", text) for path, text in tests.items()}
    if len(tests) != 1:
        raise ValueError(f"one test file was expected, and there are {len(tests)}")
    path = next(iter(tests))
    return RepositoryTests(
        files={**whole, "passgap-run.mjs": _stand_in("run.mjs"), "package.json": '{"type": "module"}\n'},
        command=("{node}", "--max-old-space-size={heap}", "{scratch}/passgap-run.mjs", f"{{scratch}}/{path}"),
        results=ResultsFormat.TAP,
        must_pass=_found([title for _, title in _JS_TEST.findall(tests[path])]),
    )


def _names(pattern: re.Pattern[str], tests: Mapping[str, str]) -> tuple[str, ...]:
    return _found([name for text in tests.values() for name in pattern.findall(text)])


def _found(names: Sequence[str]) -> tuple[str, ...]:
    """The names of tests, each once.

    Raises:
        NothingTested: there are none.
    """
    if not names:
        raise NothingTested("its test files hold no test")
    return tuple(dict.fromkeys(names))


def _stand_in(name: str) -> str:
    return resources.files("passgap.tasks").joinpath("exercism", name).read_text(encoding="utf-8")


_JUNIT = ("Test", "Disabled", "BeforeEach", "AfterEach", "DisplayName")
LANGUAGES: dict[str, Callable[[dict[str, str], Mapping[str, str], Sequence[str]], RepositoryTests]] = {
    "go": _go,
    "rust": _rust,
    "cpp": _cpp,
    "java": _java,
    "javascript": _javascript,
}
"""The languages whose tests are run inside, with what makes their commands."""
