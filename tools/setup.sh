#!/bin/sh
# Makes .venv and installs the project into it, with the versions of constraints.txt.
# Does nothing when pyproject.toml and constraints.txt are those of the last time.
#     PYTHON=python3.12 tools/setup.sh
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.orderwright-setup
wanted=$(cat pyproject.toml constraints.txt tools/setup.sh | cksum)

if [ -x "$venv/bin/orderwright" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]
then
    exit 0
fi

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed; name yours with PYTHON=..." >&2
    exit 1
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    echo "1/2 making $venv with $("$python" --version)"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi
echo "2/2 installing Orderwright and $(grep -c == constraints.txt) pinned packages" \
    "(a minute or two the first time)"
rm -f "$stamp"
outcome=$(mktemp)
{
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
        --constraint constraints.txt --editable '.[dev]' && echo yes >"$outcome"
} | awk -v live="$([ -t 1 ] && echo yes || true)" '
    live && /^Collecting/ { printf "\r    %d looked up: %-40s", ++count, $2; fflush() }
    live && /^Installing/ { printf "\r    installing %-50s\n", ""; fflush() }
    /^(ERROR|WARNING)/ { print; fflush() }'
installed=$(cat "$outcome")
rm -f "$outcome"
if [ -z "$installed" ]; then
    echo "the installation failed: see above" >&2
    exit 1
fi
echo "$wanted" >"$stamp"
echo "ready: $venv/bin/orderwright --help"
