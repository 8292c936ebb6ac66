"""The folder of a study: a hash-chained ledger, artifacts in shards, and files that are written atomically.

Everything in it can be read without passgap: JSON lines, Parquet, safetensors, YAML.
"""

from passgap.store.artifacts import Artifact
from passgap.store.files import atomic_path, read_json, write_json, write_text
from passgap.store.folder import FinishedFolder, StudyFolder
from passgap.store.index import IndexEntry, select
from passgap.store.journal import Journal
from passgap.store.kinds import (
    DivergencesArtifact,
    FrontierArtifact,
    GivenTokensArtifact,
    JudgementsArtifact,
    LikelihoodsArtifact,
    ModelArtifact,
    PromptsArtifact,
    ResultsArtifact,
    RoundArtifact,
    SamplesArtifact,
    SearchArtifact,
    SignalArtifact,
    TasksArtifact,
    TemperedArtifact,
    TrialArtifact,
)
from passgap.store.ledger import Ledger, LedgerEntry
from passgap.store.lock import study_lock
from passgap.store.record_lines import read_records, write_records
from passgap.store.results import read_results, write_results
from passgap.store.samples import read_samples, write_samples
from passgap.store.traced import TracedFolder

__all__ = [
    "Artifact",
    "DivergencesArtifact",
    "FinishedFolder",
    "FrontierArtifact",
    "GivenTokensArtifact",
    "IndexEntry",
    "Journal",
    "JudgementsArtifact",
    "Ledger",
    "LedgerEntry",
    "LikelihoodsArtifact",
    "ModelArtifact",
    "PromptsArtifact",
    "ResultsArtifact",
    "RoundArtifact",
    "SamplesArtifact",
    "SearchArtifact",
    "SignalArtifact",
    "StudyFolder",
    "TasksArtifact",
    "TemperedArtifact",
    "TracedFolder",
    "TrialArtifact",
    "atomic_path",
    "read_json",
    "read_records",
    "read_results",
    "read_samples",
    "select",
    "study_lock",
    "write_json",
    "write_records",
    "write_results",
    "write_samples",
    "write_text",
]
