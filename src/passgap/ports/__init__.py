"""The interfaces between the stages and the outside world: protocols with their contracts.

A returned value is a measurement, and a raised :class:`~passgap.errors.PassgapError` is a failure. No implementation
may turn one into the other: a crashed engine is never an empty completion, and a crashed sandbox never a failed sample.

The suites in ``passgap.testing`` hold implementations to these contracts.
"""

from passgap.ports.clock import Clock
from passgap.ports.elsewhere import DeclaredTraining, Export, ExportRequest, ImportedResult
from passgap.ports.executors import Executor
from passgap.ports.judges import Judge
from passgap.ports.likelihoods import LikelihoodSource, TextLikelihoodSource
from passgap.ports.policy_samplers import PolicySampler, Rollout, Scorer
from passgap.ports.progress import Progress
from passgap.ports.reward_job import GroupOutcome, RewardJob, RewardPrompt, RewardResult, RewardStep
from passgap.ports.samplers import (
    EngineIdentity,
    FolderModel,
    LogitSource,
    ModelReference,
    Sampler,
    SampleRequest,
    ServedModel,
    TokenCounter,
    TopLogprobSource,
)
from passgap.ports.trainers import FineTuneJob, SupervisedJob, SupervisedResult, Trainer, TrainJob, TrainResult
from passgap.ports.training_means import TrainingMeans

__all__ = [
    "Clock",
    "DeclaredTraining",
    "EngineIdentity",
    "Executor",
    "Export",
    "ExportRequest",
    "FineTuneJob",
    "FolderModel",
    "GroupOutcome",
    "ImportedResult",
    "Judge",
    "LikelihoodSource",
    "LogitSource",
    "ModelReference",
    "PolicySampler",
    "Progress",
    "RewardJob",
    "RewardPrompt",
    "RewardResult",
    "RewardStep",
    "Rollout",
    "SampleRequest",
    "Sampler",
    "Scorer",
    "ServedModel",
    "SupervisedJob",
    "SupervisedResult",
    "TextLikelihoodSource",
    "TokenCounter",
    "TopLogprobSource",
    "TrainJob",
    "TrainResult",
    "Trainer",
    "TrainingMeans",
]
