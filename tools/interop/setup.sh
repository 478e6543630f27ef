#!/bin/sh
# Installs the Python packages that exports are checked with into tools/interop/.venv, or into the folder that is given. Python ≥ 3.10.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-"$here/.venv"}
python3 -m venv "$venv"
"$venv/bin/pip" install --requirement "$here/requirements.txt"
