"""Answers as models write them, each of which holds a right program for ``f(x) == x + 1``."""

from __future__ import annotations

import json

PROGRAM = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return x - 1\n"
FENCED = f"```python\n{PROGRAM}```"

FREE: dict[str, str] = {
    "fenced": FENCED,
    "fenced and nothing else, without a last newline": f"```python\n{PROGRAM.rstrip()}\n```",
    "sentences around": f"Sure, here it is:\n\n{FENCED}\n\nIt adds one.",
    "unlabelled": f"```\n{PROGRAM}```",
    "py": f"```py\n{PROGRAM}```",
    "Python3": f"```Python3\n{PROGRAM}```",
    "python 3.11": f"```python3.11\n{PROGRAM}```",
    "attributes": f"```{{.python .numberLines}}\n{PROGRAM}```",
    "a title": f'```python title="f.py"\n{PROGRAM}```',
    "a file's name": f"```solution.py\n{PROGRAM}```",
    "a space before the language": f"``` python\n{PROGRAM}```",
    "tildes": f"~~~python\n{PROGRAM}~~~",
    "four backticks": f"````python\n{PROGRAM}````",
    "CRLF": f"Here:\n{FENCED}\nDone.".replace("\n", "\r\n"),
    "CR": f"Here:\n{FENCED}\nDone.".replace("\n", "\r"),
    "a fence behind a sentence": f"Here you are: ```python\n{PROGRAM}```",
    "a fence that ends a line of code": f"```python\n{PROGRAM.rstrip()}```\nThat is all.",
    "in a numbered list": "1. The function:\n   ```python\n   def f(x):\n       return x + 1\n   ```\n2. That is all.",
    "behind a bullet": "- ```python\n  def f(x):\n      return x + 1\n  ```\n",
    "in a quotation": "> ```python\n> def f(x):\n>     return x + 1\n> ```\n",
    "inside Markdown": f"````markdown\n# Answer\n{FENCED}\n````",
    "inside Markdown of the same length": f"```markdown\n# Answer\n{FENCED}\n```",
    "a shell block before": f"First install it:\n```bash\npip install numpy\n```\nThen:\n{FENCED}",
    "a shell block after": f"{FENCED}\nRun it:\n```sh\npython solution.py\n```",
    "a console block before": f"```console\n$ python\n```\n{FENCED}",
    "output after": f"{FENCED}\nOutput:\n```\n2\n```",
    "labelled output after": f"{FENCED}\nOutput:\n```text\nf(1) = 2\n```",
    "a text summary after": f"{FENCED}\n```text\nTime complexity: O(1)\n```",
    "an unlabelled summary after": f"{FENCED}\n```\nTime: O(1), space: O(1)\n```",
    "a usage block that reads": f"{FENCED}\nUsage:\n```python\nn = int(input())\nprint(f(n))\n```",
    "a usage that says it again and reads": f"{FENCED}\n```python\n{PROGRAM}\nn = int(input())\nprint(f(n))\n```",
    "a usage block that prints": f"{FENCED}\nUsage:\n```python\nprint(f(1))\n```",
    "a usage block that imports": f"{FENCED}\nUsage:\n```python\nfrom solution import f\nprint(f(1))\n```",
    "a usage block that asserts wrongly": f"{FENCED}\n```python\nassert f(1) == 3\n```",
    "a usage session": f"{FENCED}\n```pycon\n>>> f(1)\n2\n```",
    "a session in a Python block": f"{FENCED}\n```python\n>>> f(1)\n2\n```",
    "corrected": f"First try:\n```python\n{WRONG}```\nThat is wrong. Corrected:\n{FENCED}",
    "corrected, the first unlabelled": f"```\n{WRONG}```\nCorrected:\n{FENCED}",
    "Java beside": f"{FENCED}\nIn Java:\n```java\nint f(int x) {{ return x - 1; }}\n```",
    "JSON beside": f'```json\n{{"x": 1}}\n```\n{FENCED}',
    "a class and a function": (
        "```python\nclass Adder:\n    def __init__(self, n):\n        self.n = n\n```\nand\n"
        "```python\ndef f(x):\n    return x + Adder(1).n\n```"
    ),
    "a function and a class after it": (
        "```python\ndef f(x):\n    return x + Adder(1).n\n```\nwith\n"
        "```python\nclass Adder:\n    def __init__(self, n):\n        self.n = n\n```"
    ),
    "imports in a block of their own": (
        "```python\nimport math\n```\nthen\n```python\ndef f(x):\n    return math.floor(x) + 1\n```"
    ),
    "a helper beside a usage that reads": (
        "```python\ndef one():\n    return 1\nn = int(input())\n```\n```python\ndef f(x):\n    return x + one()\n```"
    ),
    "one function in two blocks": "```python\ndef f(x):\n    y = x\n```\nand\n```python\n    return y + 1\n```",
    "a session that defines": "```python\n>>> def f(x):\n...     return x + 1\n...\n>>> f(1)\n2\n```",
    "only another language's label": f"```text\n{PROGRAM}```",
    "an unclosed fence": f"Here:\n```python\n{PROGRAM}",
    "cut in the usage": f"```python\n{PROGRAM}\nprint(f(",
    "cut in a second function": f"```python\n{PROGRAM}\ndef g(x):\n    return (x +",
    "cut in a second block": f"{FENCED}\nUsage:\n```python\nprint(f(",
    "a fence in a docstring": (
        '```python\ndef f(x):\n    """Add one.\n\n    ```python\n    f(1)\n    ```\n    """\n    return x + 1\n```'
    ),
    "a fence at the margin of a docstring": '```python\n"""\n```\nf(1)\n```\n"""\ndef f(x):\n    return x + 1\n```\n',
    "think": f"<think>\nMaybe\n```python\n{WRONG}```\n</think>\n\n{FENCED}",
    "think with a draft that nothing closes": f"<think>\nMaybe\n```python\n{WRONG}</think>\n\n{FENCED}",
    "think, then bare code": f"<think>x - 1?</think>\n{PROGRAM}",
    "think, with a right draft and a wrong one": (f"<think>\n{FENCED}\nno\n```python\n{WRONG}```\n</think>{FENCED}"),
    "thinking": f"<thinking>\n```python\n{WRONG}```\n</thinking>\n{FENCED}",
    "reasoning": f"<reasoning>\n```python\n{WRONG}```\n</reasoning>\n{FENCED}",
    "thought": f"<thought>\n{WRONG}</thought>\n{FENCED}",
    "only the end of a thought": f"Let me see.\n```python\n{WRONG}```\nHm.\n</think>\n\n{FENCED}",
    "only the end of a thought, unclosed draft": f"Let me see.\n```python\n{WRONG}\n</think>\n\n{FENCED}",
    "only the end of a thought, then bare code": f"Let me see: x + 1.\n</think>\n\n{PROGRAM}",
    "only the end of a thought inside a line": f"Right, x + 1.</think>{FENCED}",
    "a thought that nothing closes": f"<think>\nThat is easy.\n{FENCED}",
    "Kimi": f"◁think▷```python\n{WRONG}```◁/think▷\n{FENCED}",
    "Magistral": f"[THINK]```python\n{WRONG}```[/THINK]\n{FENCED}",
    "Harmony": (
        f"<|channel|>analysis<|message|>Draft:\n```python\n{WRONG}```<|end|><|start|>assistant<|channel|>final"
        f"<|message|>{FENCED}<|return|>"
    ),
    "Harmony without its marks": f"analysisDraft:\n```python\n{WRONG}```\nassistantfinal{FENCED}",
    "OpenThinker": (
        f"<|begin_of_thought|>{WRONG}<|end_of_thought|>\n<|begin_of_solution|>\n{FENCED}\n<|end_of_solution|>"
    ),
    "Command": f"<|START_THINKING|>{WRONG}<|END_THINKING|><|START_RESPONSE|>{FENCED}<|END_RESPONSE|>",
    "Seed": f"<seed:think>\n{WRONG}</seed:think>\n{FENCED}",
    "two thoughts": f"<think>\nfirst\n</think>\nWait.\n<think>\n```python\n{WRONG}```\n</think>\n{FENCED}",
    "answer tags": f"<think>hm</think>\n<answer>\n{FENCED}\n</answer>",
    "answer tags without a fence": f"<answer>\n{PROGRAM}</answer>",
    "PYTHON tags": f"[PYTHON]\n{PROGRAM}[/PYTHON]\nThat is it.",
    "BEGIN and DONE": f"[BEGIN]\n{PROGRAM}[DONE]",
    "BEGIN and DONE between sentences": f"Here:\n[BEGIN]\n{PROGRAM}[DONE]\nIt adds one.",
    "code tags": f"Here:\n<code>\n{PROGRAM}</code>",
    "bare code": PROGRAM,
    "bare code behind blank lines": f"\n\n{PROGRAM}\n",
    "code between two sentences": f"Here is the function:\n\n{PROGRAM}\nIt adds one to x.",
    "code between sentences, with imports": f"Sure!\nimport math\n\n{PROGRAM}\nHope this helps!",
    "indented code between sentences": "Use this:\n\n    def f(x):\n        return x + 1\n\nDone.",
    "code between sentences, with a usage": f"The answer:\n{PROGRAM}\nprint(f(int(input())))\n\nIt prints 2 for 1.",
    "a docstring at the margin between sentences": (
        'Here it is:\ndef f(x):\n    """\nAdd one.\n    """\n    return x + 1\nThat is all.'
    ),
    "a lambda": "Here:\n```python\nf = lambda x: x + 1\n```",
    "a decorated function": "```python\nfrom functools import lru_cache\n\n@lru_cache(None)\n"
    "def f(x):\n    return x + 1\n```",
    "a main guard": f"```python\n{PROGRAM}\nif __name__ == '__main__':\n    print(f(int(input())))\n```",
    "marks inside a string": (
        "```python\ndef f(x):\n    mark = '</think>'.count('<think>')\n    return x + 1 + mark\n```"
    ),
    "marks in a sentence": f"I leave out the `<think>` part.\n{FENCED}\nSee `</think>`.",
    "a signature after": f"{FENCED}\nIts head:\n```python\ndef f(x):\n    ...\n```",
    "a stub before": f"The stub:\n```python\ndef f(x):\n    pass\n```\n{FENCED}",
    "a star import before": ("```python\nfrom math import *\n```\n```python\ndef f(x):\n    return floor(x) + 1\n```"),
    "a notebook's commands": f"```python\n!pip install numpy\n%matplotlib inline\n{PROGRAM}```",
    "a notebook's timing": f"```python\n%%time\n{PROGRAM}```",
    "a fence inside a line": "It is ```python def f(x): return x + 1``` and no more.",
    "code inside a line": "It is `f = lambda x: x + 1`.",
    "a byte order mark": f"\ufeff{PROGRAM}",
    "a label without its fence": f"python\n{PROGRAM}",
    "an empty block before": f"```python\n```\n{FENCED}",
    "an empty block after": f"{FENCED}\n```python\n```",
    "reasoning that ends beside fences": f"[THINK]\n```python\ndef f(x):\n    return x\n```[/THINK]{FENCED}",
    "JSON": json.dumps({"explanation": "It adds one.", "code": PROGRAM}),
    "JSON in a block": f"```json\n{json.dumps({'code': PROGRAM})}\n```",
    "a call of a tool": f"<tool_call>\n{json.dumps({'arguments': {'code': PROGRAM}})}\n</tool_call>",
    "the token at the end": f"{PROGRAM.rstrip()}</s>",
    "usage that reads input in the block": f"```python\n{PROGRAM}\nn = int(input())\nprint(f(n))\n```",
    "a main function that reads input": f"```python\n{PROGRAM}\ndef main():\n    print(f(int(input())))\n\nmain()\n```",
}
"""Answers of a chat model without an answer prefill."""

BEGUN: dict[str, str] = {
    "code": PROGRAM,
    "code without a last newline": PROGRAM.rstrip(),
    "a closing fence": f"{PROGRAM}```\nIt adds one.",
    "the fence again": f"{FENCED}\n",
    "the fence again, unclosed": f"```python\n{PROGRAM}",
    "text before the fence again": f"Here is the function:\n{FENCED}\nDone.",
    "text before an unlabelled fence": f"Here is the function:\n```\n{PROGRAM}```\nDone.",
    "tildes after": f"{PROGRAM}~~~\nmore",
    "CRLF": f"{PROGRAM}```\nDone.".replace("\n", "\r\n"),
    "a comment first": f"# Adds one.\n{PROGRAM}",
    "usage in a block after": f"{PROGRAM}```\n```python\nprint(f(int(input())))\n```",
    "a thought first": f"I should add one.\n</think>\n{FENCED}",
    "cut in the usage": f"{PROGRAM}\nprint(f(",
    "a fence in a docstring": 'def f(x):\n    """Add one.\n\n    ```\n    f(1)\n    ```\n    """\n'
    "    return x + 1\n```\nDone.",
}
"""Continuations of an opened Python fence."""

CONTINUED: dict[str, str] = {
    "code": "x):\n    return x + 1\n",
    "a closing fence": "x):\n    return x + 1\n```\n",
    "Markdown": "x):\n    return x + 1\n```\n\n## Explanation\nIt adds one.",
    "a sentence": "x):\n    return x + 1\n\nThis function adds one to x.\n",
    "a heading": "x):\n    return x + 1\n\n### Solution 2\n",
    "an unfinished line": "x):\n    return x + 1\n\nresult = f(",
    "the next file": 'x):\n    return x + 1\n\n"""\nWrite a function that subtracts',
    "CRLF": "x):\r\n    return x + 1\r\n```\r\n",
    "usage that reads input": "x):\n    return x + 1\n\nn = input()\nprint(f(int(n)))\n",
}
"""Continuations of ``def f(``."""
