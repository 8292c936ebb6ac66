"""A digest that is equal for programs that differ only in layout and comments."""

from __future__ import annotations

import hashlib

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES


def program_digest(source: str, language: str = DEFAULT_LANGUAGE) -> str:
    """The digest of a program's normal form: without layout and comments and, in Python, docstrings.

    Text that does not parse (a fragment, another language) is digested with normalised white space instead.
    """
    form = LANGUAGES[language].normal_form(source)
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()[:32]
