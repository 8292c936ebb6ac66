"""The output of libraries is held back, and restored afterwards."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings

import pytest

from passgap.quiet import LOUD, quiet_libraries

transformers = pytest.importorskip("transformers")
tqdm_auto = pytest.importorskip("tqdm.auto")


def chatter() -> None:
    """Do what the libraries do: bars of every kind, warnings, and lines of every logger."""
    from huggingface_hub.utils import tqdm as hub_tqdm  # noqa: PLC0415
    from transformers.utils.logging import tqdm as model_tqdm  # noqa: PLC0415

    for bar in (tqdm_auto.tqdm, hub_tqdm, model_tqdm):
        for _ in bar(range(3), desc="Converting", file=sys.stderr):
            pass
    warnings.warn("this will change", FutureWarning, stacklevel=1)
    transformers.logging.get_logger("transformers.x").warning("a checkpoint was loaded")
    for name in LOUD:
        logging.getLogger(name).warning("a word of %s", name)
        logging.getLogger(f"{name}.part").info("more of %s", name)


def test_nothing_is_said_inside_and_everything_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    levels = {name: logging.getLogger(name).level for name in LOUD}
    verbosity = transformers.logging.get_verbosity()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_libraries():
            chatter()
        assert capfd.readouterr() == ("", "")
        with pytest.raises(FutureWarning):
            warnings.warn("this will change", FutureWarning, stacklevel=1)
    assert {name: logging.getLogger(name).level for name in LOUD} == levels
    assert transformers.logging.get_verbosity() == verbosity
    for _ in tqdm_auto.tqdm(range(3), desc="Converting", file=sys.stderr):
        pass
    assert "Converting" in capfd.readouterr().err


def test_errors_are_still_said_and_a_failure_puts_everything_back(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="broken"), quiet_libraries():
        transformers.logging.get_logger("transformers.x").error("the weights are broken")
        raise ValueError("broken")
    assert "the weights are broken" in caplog.text
    for _ in tqdm_auto.tqdm(range(3), desc="Converting", file=sys.stderr):
        pass
    assert "Converting" in capfd.readouterr().err


def test_bars_of_a_download_are_for_a_terminal_alone(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_libraries(bars=True):
        for _ in tqdm_auto.tqdm(range(3), desc="Fetching", file=sys.stderr):
            pass
    assert capfd.readouterr().err == ""


def test_blocks_that_overlap_put_the_bars_back_in_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    first, second = quiet_libraries(), quiet_libraries()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    chatter_of_bars("inside")
    assert capfd.readouterr().err == ""
    second.__exit__(None, None, None)
    chatter_of_bars("after")
    assert "after" in capfd.readouterr().err


def chatter_of_bars(name: str) -> None:
    for _ in tqdm_auto.tqdm(range(3), desc=name, file=sys.stderr):
        pass


LIBRARY = """
import logging, sys, types, warnings
library = types.ModuleType("transformers.something")
exec("import warnings\\ndef go(): warnings.warn('this will change', UserWarning)", library.__dict__)
ours = types.ModuleType("passgap.something")
exec("import warnings\\ndef go(): warnings.warn('ours', UserWarning)", ours.__dict__)
from passgap.quiet import hush
hush()
library.go()
logging.getLogger("torch.x").warning("a kernel was compiled")
compile("'\\\\d'", "<unknown>", "exec")
import transformers
transformers.logging.get_logger("transformers.x").warning("a sequence is too long")
transformers.logging.get_logger("transformers.x").error("broken")
ours.go()
"""


def test_a_program_says_its_own_words_and_errors_alone() -> None:
    environment = {name: value for name, value in os.environ.items() if "VERBOSITY" not in name}
    ran = subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, text=True, check=True, env=environment)
    said = [line for line in ran.stderr.splitlines() if line.strip()]
    assert [line for line in said if "broken" in line] and [line for line in said if "ours" in line]
    assert not [line for line in said if any(word in line for word in ("change", "kernel", "escape", "too long"))]
    assert ran.stdout == ""
