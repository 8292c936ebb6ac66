"""Unsafe constructs as they look in Python: CWE-78, -89, -94, -259, -295, -327, -330, -377, -502, -22 and -732."""

from __future__ import annotations

import re

UNSAFE_CONSTRUCTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"\beval\s*\(",
        r"\bexec\s*\(",
        r"\bos\.system\s*\(",
        r"\bos\.popen\s*\(",
        r"shell\s*=\s*True",
        r"\bpickle\.loads?\s*\(",
        r"\byaml\.load\s*\((?![^)]*Safe)",
        r"verify\s*=\s*False",
        r"\bhashlib\.(?:md5|sha1)\s*\(",
        r"\btempfile\.mktemp\s*\(",
        r"(?:execute|executemany)\s*\(\s*f['\"]",
        r"(?:execute|executemany)\s*\(\s*['\"][^'\"]*['\"]\s*(?:%|\+|\.format)",
        r"(?:select|insert|update|delete)\b[^\n]{0,120}['\"]\s*(?:\+|%\s*[\(\w])",
        r"f['\"](?:select|insert|update|delete)\b[^'\"]*\{",
        r"\brandom\.(?:choice|choices|randint|random|sample)\s*\(",
        r"(?:password|secret|api_?key|token)\s*=\s*['\"][^'\"]{4,}['\"]",
        r"chmod\s*\([^)]*0o?777",
        r"\bextractall\s*\(",
    )
)
