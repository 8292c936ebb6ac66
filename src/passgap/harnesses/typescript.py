"""The harness of TypeScript: JavaScript's, with types."""

from __future__ import annotations

from passgap.harnesses import javascript

_TYPED = (
    ("const __any = (value) => value;", "const __any = (value: any): any => value;"),
    ("const __write = (text) =>", "const __write = (text: string): void =>"),
    ("catch (error) { if (error.code", "catch (error: any) { if (error.code"),
    ("const __pairs = (entries, depth) =>", "const __pairs = (entries: any[], depth: number): string =>"),
    ("([key, value]) =>", "([key, value]: any) =>"),
    ("const __list = (values, depth) =>", "const __list = (values: any, depth: number): string =>"),
    ("Array.from(values, (value) =>", "Array.from(values, (value: any) =>"),
    ("const __opaque = (value) =>", "const __opaque = (value: any): string =>"),
    ("const __text = (value, depth) =>", "const __text = (value: any, depth: number): string =>"),
    ("const __case = (number, make) =>", "const __case = (number: number, make: () => any): void =>"),
    ("let text;", "let text: string;"),
    ("catch (error) { text", "catch (error: any) { text"),
)
_TYPED_FROZEN = (
    (
        "const __kept = ((load, own, define, create, real) =>",
        "const __kept: any = ((load: any, own: any, define: any, create: any, real: any) =>",
    ),
    ("required: (name) =>", "required: (name: string): any =>"),
)


def _typed(text: str, places: tuple[tuple[str, str], ...]) -> str:
    for plain, typed in places:
        assert plain in text, plain
        text = text.replace(plain, typed)
    return text


class TypeScript(javascript.JavaScript):
    """As in JavaScript; arguments and expected values are checked against the function's types, the emitter is not."""

    name = "typescript"
    emitter = _typed(javascript.EMITTER, _TYPED)
    frozen = _typed(javascript.FROZEN, _TYPED_FROZEN)


HARNESS = TypeScript()
