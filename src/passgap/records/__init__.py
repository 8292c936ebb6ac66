"""The frozen types that passgap's parts exchange and write to files, by topic.

They consist of fields and their validation and touch nothing outside the process. Files that hold them carry
:data:`SCHEMA_VERSION`: a reader accepts every version up to its own and refuses later ones. Adding a field with a
default requires no new version and changes no digest (:mod:`passgap.records.identity`).
"""

from passgap.records.base import Record
from passgap.records.case_tests import KeptCases, PairCase, PairTests, StdioCase, StdioTests
from passgap.records.estimates import Estimate, Insufficient, Measured, Unit
from passgap.records.execution import ExecutionJob, ExecutionResult, Limits, Outcome, OutcomeKind
from passgap.records.identity import SCHEMA_VERSION, canonical_json, digest_of, digested, readable_schema, sample_seed
from passgap.records.judgements import GivenAnswer, JudgedAnswer, Judgement
from passgap.records.likelihoods import Divergence, GivenText, GivenTokens, Likelihood, TemperedLikelihood
from passgap.records.manifests import (
    JudgementsManifest,
    LikelihoodManifest,
    Manifest,
    ModelManifest,
    PromptsManifest,
    ResultsManifest,
    SamplesManifest,
    SearchManifest,
    SignalManifest,
    Stage,
    StageManifest,
    TasksManifest,
)
from passgap.records.policy import PolicyConfig, PolicyLoss, PromptOrder, RewardScale
from passgap.records.preference import PreferenceLoss, PreferencePair
from passgap.records.problems import (
    DEFAULT_LANGUAGE,
    UNSPECIFIED,
    AssertTests,
    CallCase,
    CallTests,
    CheckTests,
    EmbeddedTests,
    NoTests,
    Problem,
    ProblemLimits,
    PromptKind,
    PytestTests,
    RunsIn,
    Tests,
    environment_of,
)
from passgap.records.reference_tests import ReferenceTests
from passgap.records.repository_tests import KeptTree, RepositoryTests, ResultsFormat
from passgap.records.results import Result
from passgap.records.samples import Decoding, Exchange, FinishReason, Prompt, Sample, SampleKey, SampleText
from passgap.records.script_tests import ScriptTests
from passgap.records.training import DosePoint, KeptModel, Mix, MixedExample, TrainConfig, TrainExample, Turn

__all__ = [
    "DEFAULT_LANGUAGE",
    "SCHEMA_VERSION",
    "UNSPECIFIED",
    "AssertTests",
    "CallCase",
    "CallTests",
    "CheckTests",
    "Decoding",
    "Divergence",
    "DosePoint",
    "EmbeddedTests",
    "Estimate",
    "Exchange",
    "ExecutionJob",
    "ExecutionResult",
    "FinishReason",
    "GivenAnswer",
    "GivenText",
    "GivenTokens",
    "Insufficient",
    "JudgedAnswer",
    "Judgement",
    "JudgementsManifest",
    "KeptCases",
    "KeptModel",
    "KeptTree",
    "Likelihood",
    "LikelihoodManifest",
    "Limits",
    "Manifest",
    "Measured",
    "Mix",
    "MixedExample",
    "ModelManifest",
    "NoTests",
    "Outcome",
    "OutcomeKind",
    "PairCase",
    "PairTests",
    "PolicyConfig",
    "PolicyLoss",
    "PreferenceLoss",
    "PreferencePair",
    "Problem",
    "ProblemLimits",
    "Prompt",
    "PromptKind",
    "PromptOrder",
    "PromptsManifest",
    "PytestTests",
    "Record",
    "ReferenceTests",
    "RepositoryTests",
    "Result",
    "ResultsFormat",
    "ResultsManifest",
    "RewardScale",
    "RunsIn",
    "Sample",
    "SampleKey",
    "SampleText",
    "SamplesManifest",
    "ScriptTests",
    "SearchManifest",
    "SignalManifest",
    "Stage",
    "StageManifest",
    "StdioCase",
    "StdioTests",
    "TasksManifest",
    "TemperedLikelihood",
    "Tests",
    "TrainConfig",
    "TrainExample",
    "Turn",
    "Unit",
    "canonical_json",
    "digest_of",
    "digested",
    "environment_of",
    "readable_schema",
    "sample_seed",
]
