"""Conformance suites: classes of pytest tests that hold an implementation to the contract of its interface.

Subclass one in a test module and say how to make the implementation under test. A suite checks the contract that the
interface's docstrings state, on small real inputs. passgap's own implementations are held to the same suites.

Needs pytest: ``pip install 'passgap[testing]'``.
"""

try:
    import pytest
except ImportError as error:
    raise ImportError("passgap.testing needs pytest: pip install 'passgap[testing]'") from error

pytest.register_assert_rewrite(
    "passgap.testing.arm_contract",
    "passgap.testing.executor_contract",
    "passgap.testing.kind_contract",
    "passgap.testing.language_contract",
    "passgap.testing.preference_contract",
    "passgap.testing.probe_contract",
    "passgap.testing.python_executor_contract",
    "passgap.testing.report_section_contract",
    "passgap.testing.reward_contract",
    "passgap.testing.sampler_contract",
    "passgap.testing.source_contract",
    "passgap.testing.store_contract",
    "passgap.testing.trainer_contract",
    "passgap.testing.verifier_contract",
)

from passgap.testing.arm_contract import ArmContract
from passgap.testing.executor_contract import ExecutorContract
from passgap.testing.kind_contract import TaskKindContract
from passgap.testing.language_contract import LanguageContract
from passgap.testing.preference_contract import PreferenceTrainerContract
from passgap.testing.probe_contract import ProbeContract
from passgap.testing.python_executor_contract import PythonExecutorContract
from passgap.testing.report_section_contract import ReportSectionContract
from passgap.testing.reward_contract import RewardTrainerContract
from passgap.testing.sampler_contract import SamplerContract
from passgap.testing.source_contract import TaskSourceContract
from passgap.testing.store_contract import StoreContract
from passgap.testing.trainer_contract import TrainerContract
from passgap.testing.verifier_contract import VerifierContract

__all__ = [
    "ArmContract",
    "ExecutorContract",
    "LanguageContract",
    "PreferenceTrainerContract",
    "ProbeContract",
    "PythonExecutorContract",
    "ReportSectionContract",
    "RewardTrainerContract",
    "SamplerContract",
    "StoreContract",
    "TaskKindContract",
    "TaskSourceContract",
    "TrainerContract",
    "VerifierContract",
]
