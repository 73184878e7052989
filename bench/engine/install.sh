#!/usr/bin/env bash
# The peers of bench/engine, by version: SimPy and salabim from PyPI into a folder of their own; SimGrid's headers from
# Debian 12 (libsimgrid-dev 3.32, as root); the compiled programs are built here. What is missing is left out and named.
#   bench/engine/install.sh [FOLDER]      default: .tools/bench-engine
set -euo pipefail
here=$(dirname "$0")
folder=$(realpath -m "${1:-$here/../../.tools/bench-engine}")
mkdir -p "$folder"
if command -v python3 >/dev/null; then
  [ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install -q simpy==4.1.2 salabim==26.0.9
else
  echo "python3 is missing: SimPy and salabim are left out" >&2
fi
if ! command -v g++ >/dev/null; then
  echo "g++ is missing: what is compiled is left out" >&2
  exit 0
fi
g++ -O3 -std=c++17 -o "$folder/priority-queue" "$here/peers/priority_queue.cpp"
if [ ! -e /usr/include/simgrid/s4u.hpp ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get install -y -q libsimgrid-dev >&2 || true
fi
if [ -e /usr/include/simgrid/s4u.hpp ]; then
  g++ -O3 -std=c++17 -o "$folder/simgrid" "$here/peers/simgrid_queue.cpp" -lsimgrid
else
  echo "libsimgrid-dev is missing: SimGrid is left out" >&2
fi
echo "$folder"
