#!/usr/bin/env bash
# Builds the wheel, installs it with its dependencies in an empty environment outside the clone, and has it do the whole job.
#
#     scripts/try_wheel.sh [FOLDER]
#
# FOLDER (a new one; by default a temporary one) keeps the environment, the study and its report. Takes some minutes, and
# downloads the dependencies and the embedded model.
set -euo pipefail
clone=$(cd "$(dirname "$0")/.." && pwd)
place=${1:-$(mktemp -d)}
mkdir -p "$place"
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --upgrade pip
"$place/venv/bin/pip" wheel --quiet --no-deps --wheel-dir "$place/dist" "$clone"
"$place/venv/bin/pip" install --quiet --constraint "$clone/constraints.txt" "$(echo "$place"/dist/passgap-*.whl)[local]"
cd "$place"
export PATH="$place/venv/bin:$PATH"
unset PYTHONPATH
python -c 'import passgap, sys; assert passgap.__file__.startswith(sys.prefix), passgap.__file__'
passgap --version
passgap init study
passgap check study
printf '%s\n' '{"id": "1", "program": "def f(x):\n    return x + 1", "test": "assert f(1) == 2"}' > cases.jsonl
passgap execute cases.jsonl
passgap demo --quick --out demo
passgap report demo --json > report.json
passgap verdict demo --json > verdict.json
cat demo/artifacts/base-heldout-results-*/shard-*.jsonl > results.jsonl
passgap estimate results.jsonl --k 1,4
passgap verdict study --results results.jsonl --json > verdict-of-results.json
echo "The wheel does the whole job: $place/demo/report.html"
