"""Text that a study may hold and no page may obey."""

from __future__ import annotations

MARKUP = "</script></textarea><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
TERMINAL = "\x1b]0;title\x07\x1b[2J"
REORDERED = "user\u202etxt.exe\u2066 or\u200b not"
DAMAGED = b"caf\xe9 \xff\xfe".decode("utf-8", "replace")
TEMPLATE = "{{ 7 * 7 }}{% raw %}${alert(1)}`$x^$`"
MARKDOWN = "[link](javascript:alert(1)) ![x](http://example.invalid/x.png) @somebody <!-- | # `code`"
EVERYTHING = f"{MARKUP} {TERMINAL} {REORDERED} {DAMAGED} {TEMPLATE} {MARKDOWN}"
ENDLESS = "a" * 1_000_000
