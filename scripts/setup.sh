# Sourced by the other scripts: a virtual environment of the project's own, made once and renewed when its inputs change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv="${VENV:-.venv}"
stamp="$venv/.made-from"
wanted="$(cat pyproject.toml constraints.txt | cksum) $(pwd)"
if [ ! -x "$venv/bin/python" ] || [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    echo "Making $venv (once; takes a minute) ..." >&2
    python="$(command -v python3.11 || command -v python3)"
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' >&2
    echo "$wanted" > "$stamp"
fi
case "$venv" in /*) ;; *) venv="$PWD/$venv" ;; esac
export PATH="$venv/bin:$PATH"
