"""The harness of Rust: a trait that writes values of the standard library's types down."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passgap.harnesses.base import Harness, Unsupported, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
#[allow(warnings)]
mod passgap_harness {
    use std::collections::*;
    use std::io::Write;
    use std::os::unix::io::FromRawFd;
    pub trait Emit { fn _emit(&self) -> String; }
    fn list<'a, T: Emit + 'a, I: Iterator<Item = &'a T>>(values: I) -> String {
        let texts: Vec<String> = values.map(|each| each._emit()).collect();
        format!("[{}]", texts.join(","))
    }
    fn pairs<'a, K: Emit + 'a, V: Emit + 'a, I: Iterator<Item = (&'a K, &'a V)>>(entries: I) -> String {
        let texts: Vec<String> = entries.map(|(key, value)| format!("[{},{}]", key._emit(), value._emit())).collect();
        format!("{{\"m\":[{}]}}", texts.join(","))
    }
    pub fn quoted(value: &str) -> String {
        let mut made = String::from("\"");
        for each in value.chars() {
            if (each as u32) < 0x20 || each == '"' || each == '\\' { made += &format!("\\u{:04x}", each as u32); }
            else { made.push(each); }
        }
        made + "\""
    }
    macro_rules! whole { ($($kind:ty),*) => {
        $(impl Emit for $kind { fn _emit(&self) -> String { self.to_string() } })*
    } }
    whole!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, bool);
    impl Emit for f64 { fn _emit(&self) -> String { format!("{{\"f\":\"{:e}\"}}", self) } }
    impl Emit for f32 { fn _emit(&self) -> String { (*self as f64)._emit() } }
    impl Emit for char { fn _emit(&self) -> String { format!("{{\"c\":{}}}", quoted(&self.to_string())) } }
    impl Emit for str { fn _emit(&self) -> String { quoted(self) } }
    impl Emit for String { fn _emit(&self) -> String { quoted(self) } }
    impl Emit for () { fn _emit(&self) -> String { String::from("null") } }
    impl<T: Emit + ?Sized> Emit for &T { fn _emit(&self) -> String { (**self)._emit() } }
    impl<T: Emit + ?Sized> Emit for &mut T { fn _emit(&self) -> String { (**self)._emit() } }
    impl<T: Emit + ?Sized> Emit for Box<T> { fn _emit(&self) -> String { (**self)._emit() } }
    impl<T: Emit + ?Sized> Emit for std::rc::Rc<T> { fn _emit(&self) -> String { (**self)._emit() } }
    impl<T: Emit + ToOwned + ?Sized> Emit for std::borrow::Cow<'_, T> { fn _emit(&self) -> String { (**self)._emit() } }
    impl<T: Emit> Emit for [T] { fn _emit(&self) -> String { list(self.iter()) } }
    impl<T: Emit, const N: usize> Emit for [T; N] { fn _emit(&self) -> String { list(self.iter()) } }
    impl<T: Emit> Emit for Vec<T> { fn _emit(&self) -> String { list(self.iter()) } }
    impl<T: Emit> Emit for VecDeque<T> { fn _emit(&self) -> String { list(self.iter()) } }
    impl<T: Emit, S> Emit for HashSet<T, S> { fn _emit(&self) -> String { format!("{{\"s\":{}}}", list(self.iter())) } }
    impl<T: Emit> Emit for BTreeSet<T> { fn _emit(&self) -> String { format!("{{\"s\":{}}}", list(self.iter())) } }
    impl<K: Emit, V: Emit, S> Emit for HashMap<K, V, S> { fn _emit(&self) -> String { pairs(self.iter()) } }
    impl<K: Emit, V: Emit> Emit for BTreeMap<K, V> { fn _emit(&self) -> String { pairs(self.iter()) } }
    impl<T: Emit> Emit for Option<T> {
        fn _emit(&self) -> String {
            match self { Some(value) => format!("{{\"o\":{}}}", value._emit()), None => String::from("null") }
        }
    }
    impl<T: Emit, E> Emit for Result<T, E> {
        fn _emit(&self) -> String {
            match self {
                Ok(value) => format!("{{\"o\":{}}}", value._emit()),
                Err(_) => String::from("{\"x\":\"Err\"}"),
            }
        }
    }
    macro_rules! tuple { ($($name:ident $place:tt),*) => {
        impl<$($name: Emit),*> Emit for ($($name,)*) {
            fn _emit(&self) -> String {
                let texts = vec![$(self.$place._emit()),*];
                format!("{{\"t\":[{}]}}", texts.join(","))
            }
        }
    } }
    tuple!(A 0);
    tuple!(A 0, B 1);
    tuple!(A 0, B 1, C 2);
    tuple!(A 0, B 1, C 2, D 3);
    tuple!(A 0, B 1, C 2, D 3, E 4);
    tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
    pub fn run(number: usize, make: impl FnOnce() -> String) {
        let text = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(make)) {
            Ok(text) => format!("={}", text),
            Err(_) => String::from("!\"panic\""),
        };
        let mut answers = std::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(3) });
        let _ = answers.write_all(format!("\x1e{}{}\n", number, text).as_bytes());
    }
    pub fn quiet() { std::panic::set_hook(Box::new(|_| {})); }
    pub fn line() -> String {
        let mut read = String::new();
        let _ = std::io::stdin().read_line(&mut read);
        read.trim_end().to_string()
    }
}
"""
BEGIN = "#[allow(warnings)]\nmod passgap_program {\n"
DRIVER = "\npub fn passgap_drive() {\nuse crate::passgap_harness::Emit as _;\ncrate::passgap_harness::quiet();\n"
END = "}\n}\nfn main() { passgap_program::passgap_drive(); std::process::exit(0); }\n"

_TEXT = re.compile(r'(?<!from\()"(?:[^"\\]|\\.)*"(?!\s*\.\s*(?:to_string|to_owned|into)\b)')
_NAME = re.compile(r"(?!true|false|None)[a-z_]\w*")
_MACROS = re.compile(r"(?<![\w:])((?:debug_)?assert(?:_eq|_ne)?|panic|unreachable|matches|vec|format)!(?!=)")
_CRATES = re.compile(r"^\s*use\s+(?:rand|regex|md5)\b[^;]*;", re.MULTILINE)


class Rust(Harness):
    """The program is a module of its own, with the calls at its end; a ``main`` of its own does no harm there.

    An expected value is of the type that the function returns, as declared by the head of the program asked for.
    """

    name = "rust"

    def expectation(self, tests: CallTests) -> str:
        if not tests.head:
            raise Unsupported("Rust needs the head of the function, which gives expected values their type")
        head = f"{tests.head}\nunimplemented!()\n}}\n"
        arrays = "-> [" in tests.head
        values = [_expected(f"{tests.function}({case.arguments})", case.expected, arrays) for case in tests.cases]
        return self.assemble(head, tests, values)

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"crate::passgap_harness::run({number}, || {{ {_own(call)}; crate::passgap_harness::quoted(&line) }});\n"
            for number, call in enumerate(tests.calls)
        )
        read = "let line = crate::passgap_harness::line();\n"
        return f"{BEGIN}{without_crates(program)}\n{block(_own(tests.code))}{DRIVER}{read}{cases}{END}{EMITTER}"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        setup = block(tests.setup)  # in each call anew: it may take over what the declarations hold
        cases = "".join(
            f"crate::passgap_harness::run({number}, || {{\n{setup}let value = {value};\nvalue._emit() }});\n"
            for number, value in enumerate(values)
        )
        return f"{BEGIN}{without_crates(program)}\n{DRIVER}{cases}{END}{EMITTER}"


def _expected(call: str, value: str, arrays: bool) -> str:
    """An expected value of the type that a call returns, or of its own where another type may equal that.

    A `String` equals a `&str`, and a `Vec` an array: values with texts in them, and names, are left as they are, and an
    array is a vector unless the function returns ``arrays``.
    """
    if _TEXT.search(value) or _NAME.fullmatch(value):
        return value
    listed = f"vec!{value}" if value.startswith("[") and not arrays else value
    return f"if false {{ {call} }} else {{ {listed} }}"


def _own(code: str) -> str:
    """Code of tests whose macros are those of the standard library, whatever the program calls its own."""
    return _MACROS.sub(r"::std::\1!", code)


def without_crates(program: str) -> str:
    """A program that does not import the crates which HumanEvalPack's heads name and no toolchain has.

    One that uses them does not compile; most merely repeat the head.
    """
    return _CRATES.sub("", program)


HARNESS = Rust()
