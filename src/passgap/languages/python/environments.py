"""How commands of tests run in a virtual environment that a person brings."""

from __future__ import annotations

from passgap.languages.common.toolchain import MIB, BuildLimits, Tool, Toolchain

ENVIRONMENTS = Toolchain(
    file="solution.py",
    run=("{python}", "{file}"),
    tools=(
        Tool(
            "python",
            commands=("bin/python", "bin/python3"),
            home=(
                "-I",
                "-S",
                "-c",
                "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_paths()['stdlib'], sep=chr(10))",
            ),
            version=("-I", "-S", "--version"),
        ),
    ),
    package="Make it with `uv venv` or `python -m venv`, and install into it what the tests need, pytest included.",
    runtime=("python",),
    run_environment=(
        ("PYTHONHASHSEED", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONNOUSERSITE", "1"),
        ("MPLBACKEND", "agg"),
        ("MALLOC_ARENA_MAX", "2"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
    ),
    limits=BuildLimits(scratch_bytes=256 * MIB),
    out_of_memory=("MemoryError",),
)
"""The interpreter of the environment, with its libraries; every program beside it is the system's."""
