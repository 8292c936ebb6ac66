"""bfloat16 only where the processor multiplies it, and the same answer for sampling and for training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from passgap.models import dtypes
from passgap.models.dtypes import choose_dtype, cpu_flags, fast_bfloat16

SAPPHIRE_RAPIDS = frozenset({"avx2", "avx512f", "avx512_bf16", "amx_bf16"})
ZEN4 = frozenset({"avx2", "avx512f", "avx512_bf16"})
SKYLAKE_SERVER = frozenset({"avx2", "avx512f", "avx512_vnni"})
ROME = frozenset({"avx2", "fma"})


@pytest.mark.parametrize(
    ("flags", "environ", "machine", "fast", "said"),
    [
        (SAPPHIRE_RAPIDS, {}, "x86_64", True, "avx512_bf16, amx_bf16"),
        (ZEN4, {}, "x86_64", True, "avx512_bf16"),
        (SKYLAKE_SERVER, {}, "x86_64", False, "no bfloat16 instructions"),
        (ROME, {}, "x86_64", False, "no bfloat16 instructions"),
        (frozenset(), {}, "x86_64", False, "no bfloat16 instructions"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "AVX2"}, "x86_64", False, "ONEDNN_MAX_CPU_ISA=AVX2"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "avx512_core_vnni"}, "x86_64", False, "ONEDNN_MAX_CPU_ISA=avx512_core_vnni"),
        (ZEN4, {"DNNL_MAX_CPU_ISA": "AVX2"}, "x86_64", False, "DNNL_MAX_CPU_ISA=AVX2"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "x86_64", True, "avx512_bf16"),
        (ZEN4, {"ONEDNN_MAX_CPU_ISA": "ALL"}, "x86_64", True, "avx512_bf16"),
        (ZEN4, {"ATEN_CPU_CAPABILITY": "avx2"}, "x86_64", False, "ATEN_CPU_CAPABILITY=avx2"),
        (ZEN4, {"ATEN_CPU_CAPABILITY": "default"}, "x86_64", False, "ATEN_CPU_CAPABILITY=default"),
        (ZEN4, {"ATEN_CPU_CAPABILITY": "avx512"}, "x86_64", True, "avx512_bf16"),
        (frozenset({"asimd", "bf16"}), {}, "aarch64", True, "bf16"),
        (frozenset({"asimd"}), {}, "aarch64", False, "no bfloat16 instructions"),
    ],
)
def test_a_processor_is_asked_for_its_instructions(
    flags: frozenset[str], environ: dict[str, str], machine: str, fast: bool, said: str
) -> None:
    found, reason = fast_bfloat16(flags, environ, machine)
    assert found is fast
    assert said in reason


def test_flags_are_read_as_linux_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtypes, "_CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cpu_flags() == frozenset()
    (tmp_path / "cpuinfo").write_text("model name\t: EPYC\nflags\t\t: fpu avx2 avx512_bf16\n\nflags\t\t: fpu\n")
    assert cpu_flags() == {"fpu", "avx2", "avx512_bf16"}
    (tmp_path / "cpuinfo").write_text("Features\t: fp asimd bf16\n")
    assert cpu_flags() == {"fp", "asimd", "bf16"}


@pytest.mark.parametrize("name", ["bfloat16", "float16", "float32"])
def test_a_named_type_is_taken_as_it_is(name: str) -> None:
    assert choose_dtype(name, "cpu").dtype == name


@pytest.mark.slow  # it imports all of TRL in a process of its own
def test_the_engine_and_the_trainer_choose_alike_where_bfloat16_is_ruled_out(tiny_model: Path) -> None:
    pytest.importorskip("trl")
    script = (
        "import sys; from pathlib import Path; from passgap.engines import open_sampler; "
        "from passgap.trainers import open_trainer; "
        "print(open_sampler('local', Path(sys.argv[1]), device='cpu').identity.dtype); "
        "print(open_trainer('supervised', 'cpu')._chosen.dtype)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tiny_model)], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["float32", "float32"]
