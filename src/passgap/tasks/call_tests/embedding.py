"""Tests that could not be split, as code that stands beside a program and one statement that runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Embedding:
    """How a language's tests are made to run when they are called, and not before."""

    replaced: tuple[tuple[str, str], ...]
    """Patterns in the tests, and what stands in their place."""
    call: str
    """The statement that runs them; its placeholder is the first group of :attr:`named`."""
    named: str = "()"
    before: str = ""
    """The code before them."""
    restored: tuple[tuple[str, str], ...] = ()
    """Patterns in the code behind :attr:`before`, and what stands in their place where the set writes the tests."""


_RANDOM = """mod rand {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    static STATE: AtomicU64 = AtomicU64::new(0x2545F4914F6CDD1D);
    fn next() -> u64 {
        let mut bits = STATE.load(SeqCst);
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        STATE.store(bits, SeqCst);
        bits
    }
    pub trait Drawn { fn drawn(bits: u64) -> Self; fn between(low: Self, high: Self, bits: u64) -> Self; }
    macro_rules! drawn { ($($kind:ty),*) => { $(impl Drawn for $kind {
        fn drawn(bits: u64) -> Self { bits as $kind }
        fn between(low: Self, high: Self, bits: u64) -> Self { low + (bits % ((high - low) as u64)) as $kind }
    })* } }
    drawn!(i32, u32, i64, u64, usize, u8);
    pub struct Generator;
    impl Generator {
        pub fn gen<T: Drawn>(&mut self) -> T { T::drawn(next()) }
        pub fn gen_range<T: Drawn>(&mut self, low: T, high: T) -> T { T::between(low, high, next()) }
    }
    pub fn thread_rng() -> Generator { Generator }
    pub fn random<T: Drawn>() -> T { T::drawn(next()) }
}
"""
"""As much of the crate `rand` as the set's tests use: no toolchain has it."""
FORMS: Mapping[str, Embedding] = {
    "javascript": Embedding(
        replaced=((r"\n\w+\(\)\s*;?\s*\Z", "\n"),),
        call="{}()",
        named=r"const (\w+) = \(\) => \{",
        before='console.assert = (holds) => { if (!holds) throw new Error("an assertion failed"); };\n',
        restored=((r"(?s)\A(.*?const (\w+) = \(\) => \{.*)\Z", r"\1\2()\n"),),
    ),
    "cpp": Embedding(
        replaced=((r"\bint main\(\)", "int passgap_tests()"),),
        call="passgap_tests()",
        restored=((r"\bint passgap_tests\(\)", "int main()"),),
    ),
    "rust": Embedding(
        replaced=((r"#\[cfg\(test\)\]", ""), (r"#\[test\]((?:\s|//[^\n]*\n)*)fn", r"\1pub fn")),
        call="tests::{}()",
        named=r"#\[test\](?:\s|//[^\n]*\n)*fn (\w+)",
        before=_RANDOM,
        restored=((r"\n(?=mod tests\b)", "#[cfg(test)]\n"), (r"\n([ \t]*)pub fn", r"#[test]\n\1fn")),
    ),
    "go": Embedding(replaced=(), call="{}(&passgapTests{{}})", named=r"func (Test\w+)\("),
    "java": Embedding(
        replaced=((r"public class Main\b", "class PassgapTests"),),
        call="PassgapTests.main(new String[0])",
        restored=((r"\bclass PassgapTests\b", "public class Main"),),
    ),
}


def embedded_assertions(language: str, tests: str) -> tuple[str, str]:
    """Return the code of tests in the form of HumanEvalPack, and the statement that runs them.

    Raises:
        ValueError: they are of a form that is not known.
    """
    return embedded(FORMS.get(language), tests)


def embedded(form: Embedding | None, tests: str) -> tuple[str, str]:
    """Return the code of tests in a form, and the statement that runs them.

    Raises:
        ValueError: there is no form for their language, or they are of another one.
    """
    named = re.search(form.named, tests) if form else None
    if form is None or named is None:
        raise ValueError("the tests are not of the form in which the set writes them")
    code = tests
    for pattern, text in form.replaced:
        code = re.sub(pattern, text, code, flags=re.MULTILINE)
    if form.replaced and code == tests:
        raise ValueError("the tests do not run themselves, as those of the set do")
    return form.before + code, form.call.format(named[1])


def unembedded_assertions(language: str, code: str) -> str:
    """The tests in the form of HumanEvalPack whose code this is: the way back of :func:`embedded_assertions`.

    Raises:
        ValueError: as in :func:`unembedded`.
    """
    return unembedded(FORMS.get(language), code)


def unembedded(form: Embedding | None, code: str) -> str:
    """The tests that became this code in a form: the way back of :func:`embedded`, but for white space.

    Raises:
        ValueError: there is no form for their language, or the code is of another one.
    """
    if form is None or not code.startswith(form.before):
        raise ValueError("`tests.code` is not of the form that the set's tests are given")
    tests = code.removeprefix(form.before)
    for pattern, text in form.restored:
        tests = re.sub(pattern, text, tests, flags=re.MULTILINE)
    return tests
