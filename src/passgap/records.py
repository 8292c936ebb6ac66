"""The frozen types that travel between passgap's parts and into its files.

They hold meaning and validation only, no behaviour that touches the outside world. Files written from them carry
:data:`SCHEMA_VERSION`; a reader takes every version up to its own and refuses a later one. A field that is added with
a default needs no new version and changes no digest (:mod:`passgap.schema`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from passgap.schema import digested

SCHEMA_VERSION = 1
"""The version that files are written in: it rises where a field is renamed, removed or given another meaning."""

UNSPECIFIED = "unspecified"
"""The difficulty of a problem whose source states none."""


class Record(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical_json(value: Any) -> str:
    """Return the one JSON text of ``value`` that digests are computed on: sorted keys, no spaces.

    Infinity and NaN, which tests may expect, are written as Python spells them, outside the standard.
    Records in it are written without the fields that were added since schema 1 and are at their defaults.
    """
    return json.dumps(digested(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def readable_schema(version: object) -> bool:
    """Whether files of this schema version can be read: all released ones can."""
    return isinstance(version, int) and 1 <= version <= SCHEMA_VERSION


def sample_seed(root: int, *key: str | int) -> int:
    """Derive the seed of one random stream from the study's root seed and a key, in ``[0, 2**63)``.

    The seed of a sample depends on (root, problem, sample index) alone: neither on the order in which problems are
    drawn nor on how they are cut into shards.
    """
    text = canonical_json([root, *key])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


# --- problems ---------------------------------------------------------------------------------------------------


class AssertTests(Record):
    """A list of assert statements, as in MBPP and the starter set; every one must hold."""

    style: Literal["asserts"] = "asserts"
    setup: str = ""
    statements: tuple[str, ...] = Field(min_length=1)


class CheckTests(Record):
    """Code that defines ``check(candidate)``, as in HumanEval; it is called with the entry point."""

    style: Literal["check"] = "check"
    code: str


class StdioCase(Record):
    """One run of a whole program: what it reads and what it must print."""

    stdin: str
    stdout: str
    abs_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    """This case's own tolerance; by default that of the tests."""
    rel_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)


class StdioTests(Record):
    """Runs of a program over standard input and output, compared line by line.

    Lines are equal as text, or as numbers where all that they hold is numbers (0.50 = 0.5). With a tolerance their
    words are compared one by one, and numbers may differ by ``max(abs_tol, rel_tol * |expected|)``.
    """

    style: Literal["stdio"] = "stdio"
    cases: tuple[StdioCase, ...] = Field(min_length=1)
    abs_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    rel_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)


class PairCase(Record):
    """One call of the entry point: positional arguments and the expected value, as JSON."""

    args: tuple[JsonValue, ...]
    expected: JsonValue


class PairTests(Record):
    """Input and output pairs; floats compare within ``max(abs_tol, rel_tol * |expected|)``."""

    style: Literal["pairs"] = "pairs"
    cases: tuple[PairCase, ...] = Field(min_length=1)
    abs_tol: float = 0.0
    rel_tol: float = 0.0


class PytestTests(Record):
    """A pytest-style file: every ``test_*`` function must return; the program is importable as ``solution``."""

    style: Literal["pytest"] = "pytest"
    code: str


Tests = Annotated[
    AssertTests | CheckTests | StdioTests | PairTests | PytestTests,
    Field(discriminator="style"),
]


class PromptKind(StrEnum):
    """The content of a problem's ``prompt``."""

    INSTRUCTION = "instruction"
    """A description in words (MBPP, the starter set)."""
    CODE = "code"
    """The head of a program to be continued (HumanEval)."""


class Problem(Record):
    """One problem of a task set: what the model reads, and the tests that decide whether its program passes."""

    id: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    prompt_kind: PromptKind = PromptKind.INSTRUCTION
    entry_point: str | None = None
    tests: Tests
    reference: str | None = None
    difficulty: str = UNSPECIFIED
    source: str
    date: dt.date | None = None

    @property
    def digest(self) -> str:
        """The content hash: two problems with the same digest are the same problem."""
        return digest_of(self)


# --- samples ----------------------------------------------------------------------------------------------------


class Decoding(Record):
    """How tokens are drawn, in the paper's order: temperature, then top-k, then top-p on the renormalised top-k.

    ``temperature`` below 1e-5 is greedy. ``top_k`` 0 and ``top_p`` 1.0 mean no truncation.
    """

    temperature: float = Field(ge=0.0, le=10.0, allow_inf_nan=False)
    top_k: int = Field(default=0, ge=0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    max_new_tokens: int = Field(ge=1)

    @property
    def greedy(self) -> bool:
        return self.temperature < 1e-5

    @property
    def label(self) -> str:
        """How tokens are drawn, in words; two decodings with one label draw alike, but for the token limit."""
        if self.greedy:
            return "greedy"
        return f"temperature {self.temperature:g}, top-k {self.top_k or 'off'}, top-p {self.top_p:g}"

    @property
    def zero_signal(self) -> bool:
        """Whether self-training on these samples is a fixed point: T = 1 with nothing truncated (R2b)."""
        return self.temperature == 1.0 and self.top_k == 0 and self.top_p == 1.0


class Prompt(Record):
    """The input that an engine is asked to continue.

    With ``chat`` the engine wraps ``system`` and ``user`` in the model's chat template and begins the assistant's
    turn with ``prefix``; without, it continues ``user + prefix`` as plain text. Generation ends at the first of
    ``stop``, which is not part of the completion.
    """

    user: str
    system: str | None = None
    prefix: str = ""
    stop: tuple[str, ...] = ()
    chat: bool = True


class FinishReason(StrEnum):
    """Why a completion ended."""

    STOP = "stop"
    """The model ended its answer or wrote a stop string."""
    LENGTH = "length"
    """It reached ``max_new_tokens``: a truncated completion, counted wherever samples are counted."""


class Sample(Record):
    """One completion of one problem's prompt."""

    problem_id: str
    index: int = Field(ge=0)
    completion: str
    finish_reason: FinishReason
    seed: int
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    logprobs: tuple[float, ...] | None = None
    """The model's own log-probability of each drawn token, untempered and untruncated; None where none were kept."""
    tokens: tuple[int, ...] | None = None
    """The ids of all drawn tokens, up to and with what ended the sample: the end token, or the token in which a stop
    string was completed. None where the engine does not tell them."""
    end_token: int | None = None
    """The token with which the model ended its answer; None where it ended otherwise, or that is not known."""
    stop: str | None = None
    """The stop string that ended it; None where it ended otherwise, or that is not known."""


class OutcomeKind(StrEnum):
    """How one sample's run ended."""

    PASSED = "passed"
    """Every test was seen to pass by trusted code."""
    FAILED = "failed"
    """A test did not hold, or the program raised or ended before its tests were done."""
    TIMEOUT = "timeout"
    """The deadline came first; the whole process tree was killed."""
    OUT_OF_MEMORY = "out-of-memory"
    """The program reached its memory limit."""
    CRASHED = "crashed"
    """The interpreter died (a signal, a fatal error)."""
    REFUSED = "refused"
    """Nothing was run: no program, or one over the size limit."""
    UNSCORED = "unscored"
    """A fault of ours. Never a failed sample: left out of every denominator, counted and shown."""


class Outcome(Record):
    """The observed outcome of one sample's run."""

    kind: OutcomeKind
    reason: str = ""
    seconds: float = Field(ge=0.0)
    """Processor time that its processes used."""
    peak_memory_bytes: int | None = None
    protocol: Literal["outside", "inside"] | None = None
    """Where the tests were evaluated: on values brought out of the jail, or by a guarded protocol inside it."""
    cases: str | None = None
    """The pass vector, one character a test in order: ``P`` passed, ``F`` did not, ``?`` not reached."""
    behaviour: str | None = None
    """A digest of the values that the program gave on the tests' inputs, where they could be observed."""

    @property
    def passed(self) -> bool | None:
        """True or False, or None where the sample could not be scored."""
        return None if self.kind is OutcomeKind.UNSCORED else self.kind is OutcomeKind.PASSED


class Result(Record):
    """One line of a results file: the outcome of one sample of one problem."""

    task_id: str
    sample: int
    passed: bool | None
    outcome: OutcomeKind
    reason: str = ""
    difficulty: str = UNSPECIFIED
    seconds: float = 0.0
    protocol: Literal["outside", "inside"] | None = None
    cases: str | None = None
    behaviour: str | None = None
    extraction: str | None = None
    """The rule by which the program was found in the completion; None where it was no completion, or is not known."""

    @classmethod
    def of(cls, task_id: str, sample: int, outcome: Outcome, difficulty: str, *, extraction: str | None = None) -> Self:
        """The line that says what became of a sample."""
        return cls(
            task_id=task_id,
            sample=sample,
            passed=outcome.passed,
            outcome=outcome.kind,
            reason=outcome.reason,
            difficulty=difficulty,
            seconds=outcome.seconds,
            protocol=outcome.protocol,
            cases=outcome.cases,
            behaviour=outcome.behaviour,
            extraction=extraction,
        )


# --- training ---------------------------------------------------------------------------------------------------


class TrainExample(Record):
    """One prompt and the completion to be learned; the loss is taken on the completion alone."""

    prompt: Prompt
    completion: str
    """Its text, for people, and for training where the tokens are not known."""
    tokens: tuple[int, ...] | None = None
    """The ids to be learned behind the prompt's, the end included; None where only the text is known."""
    end_token: int | None = None
    """The token that follows the text; part of ``tokens`` where those are known."""


class Turn(Record):
    """One turn of a conversation that somebody wrote."""

    role: Literal["system", "user", "assistant"]
    content: str


class MixedExample(Record):
    """Instruction data of other people's making, mixed in with a model's own samples.

    ``turns`` are what comes before the completion, the last one the user's; for a model without a chat template there
    is one, whose content is continued as plain text.
    """

    id: str
    """Where it stands in its file, for people."""
    turns: tuple[Turn, ...] = Field(min_length=1)
    completion: str = Field(min_length=1)


class Mix(Record):
    """Examples to mix in, in the order in which they are taken, until they make up ``ratio`` of all examples."""

    ratio: float = Field(gt=0.0, lt=1.0)
    chat: bool
    """Whether the turns are rendered in the model's chat template."""
    examples: tuple[MixedExample, ...]

    @property
    def digest(self) -> str:
        """The hash over what is mixed in and how; where an example stands in its file is no part of it."""
        return digest_of([self.ratio, self.chat, [[list(each.turns), each.completion] for each in self.examples]])


class TrainConfig(Record):
    """How a model is fine-tuned. Rates are per step; ``batch_size`` is the number of examples in one update, of which
    ``micro_batch_size`` are computed at once at most: the largest divisor of ``batch_size`` within it."""

    method: Literal["full", "lora"] = "full"
    learning_rate: float = Field(gt=0.0, le=1.0)
    epochs: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)
    batch_size: int = Field(default=16, ge=1)
    micro_batch_size: int = Field(default=4, ge=1)
    warmup_ratio: float = Field(default=0.05, ge=0.0, lt=1.0)
    weight_decay: float = Field(default=0.1, ge=0.0)
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    max_grad_norm: float = 1.0
    max_length: int = Field(default=1024, ge=8)
    lora_rank: int = Field(default=64, ge=1)
    lora_alpha: int = Field(default=128, ge=1)


# --- execution --------------------------------------------------------------------------------------------------


class Limits(Record):
    """Limits of one program. Bytes and seconds."""

    seconds: float = Field(default=10.0, gt=0.0)
    """Processor time of all its processes together; in the stdio style, for each run."""
    memory_bytes: int = Field(default=2 << 30, gt=0)
    processes: int = Field(default=64, gt=0)
    file_bytes: int = Field(default=64 << 20, gt=0)
    output_bytes: int = Field(default=1 << 20, gt=0)
    program_bytes: int = Field(default=1 << 20, gt=0)


class ExecutionJob(Record):
    """A program and the tests that it must pass."""

    key: str
    program: str
    tests: Tests
    entry_point: str | None = None
    limits: Limits = Limits()


class ExecutionResult(Record):
    """The outcome of the job with the same key."""

    key: str
    outcome: Outcome


# --- estimates --------------------------------------------------------------------------------------------------


class Estimate(Record):
    """A measured quantity that never travels without its interval, its level and its sizes.

    ``value``, ``low`` and ``high`` are fractions of 1 (pass@k, shares), differences of such fractions that have a sign
    (``difference``: deltas) or cannot be negative (``points``: gaps), or what else ``unit`` names. ``n`` counts
    problems, ``m`` samples a problem (the smallest where uneven).
    """

    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    level: float = Field(default=0.95, gt=0.0, lt=1.0)
    n: int = Field(ge=1)
    m: int = Field(ge=1)
    method: str
    unit: Literal["fraction", "points", "difference", "ratio", "tokens", "nats", "count"] = "fraction"
    unscored: int = Field(default=0, ge=0)
    """Samples left out because they could not be scored."""
    warning: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        slack = 1e-9 * max(1.0, math.fabs(self.value))
        if not self.low - slack <= self.value <= self.high + slack:
            raise ValueError(f"an interval must hold its value: {self.low} <= {self.value} <= {self.high}")
        return self


class Insufficient(Record):
    """A quantity that the data cannot give, with the reason; never a zero in its place."""

    insufficient: str
    n: int = Field(ge=0)
    m: int = Field(ge=0)
    unscored: int = Field(default=0, ge=0)


Measured = Estimate | Insufficient
