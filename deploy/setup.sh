#!/usr/bin/env bash
# Prepare .venv for the Makefile: find Python, create the environment, install what is missing.
#
#   deploy/setup.sh run        what the forum needs; LEAN=1 leaves Detoxify and PyTorch out
#   deploy/setup.sh dev        … and what `make check` and `make test` need
#   deploy/setup.sh detoxify   Detoxify and PyTorch again, whatever an earlier try said; CUDA=1 accepts the CUDA build
#   deploy/setup.sh browser    Debian's Chromium for the browser tests, when we are root and none is there
#
# Each finished part leaves a stamp named after the checksum of what was asked for, so a second start runs no pip at all.
# Written for bash 3.2 and without GNU-only options, because macOS runs it too.
set -euo pipefail
cd "$(dirname "$0")/.."

PY=.venv/bin/python
STAMPS=.venv/.stamps
PIP_VERSION=26.3 # older ones download whole packages only to read what they would bring along
# PyTorch's own index of CPU builds. Asked only when the ordinary sources would bring CUDA; empty switches it off.
TORCH_INDEX=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}

say() { printf '%s\n' "$*"; }
stop() {
  printf '%s\n' "$@" >&2
  exit 1
}
stamp_of() { cksum | tr -s ' \t' '-'; }
is_done() { [ -e "$STAMPS/$1" ]; }
mark_done() {
  rm -f "$STAMPS/${1%%.*}".*
  printf '%s\n' "${2-}" > "$STAMPS/$1"
}
# Both parts live in one file, so that the file a person reads is the file that is installed.
lean_part() { sed '/^# >>> detoxify/,/^# <<< detoxify/d' requirements.txt; }
heavy_part() { sed -n '/^# >>> detoxify/,/^# <<< detoxify/p' requirements.txt; }

# ── 1. Python ────────────────────────────────────────────────────────────────────────────────────────────────────
find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      say "$candidate"
      return
    fi
  done
  stop "The forum needs Python 3.11 or newer, and none was found." \
    "Debian and Ubuntu: sudo apt-get install python3 python3-venv.   macOS: install it from python.org or with Homebrew." \
    "If it is somewhere unusual: make run PYTHON=/path/to/python3"
}

# git makes instance/ readable for everybody; what it is about to hold is not.
close_instance() {
  if [ -d instance ]; then chmod 700 instance; fi
}

# ── 2. The environment ───────────────────────────────────────────────────────────────────────────────────────────
make_environment() {
  local python version
  if "$PY" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    return
  fi
  python=$(find_python)
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  say "[1/5] Python $version found; making a place for the packages in .venv"
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    stop "This Python has no venv module; Debian and Ubuntu keep it in a package of its own." \
      "Run: sudo apt-get install python$version-venv      then the same command again."
  fi
  "$python" -m venv --clear .venv || stop "The environment .venv could not be made; the reason is above."
}

# ── 3. Packages ──────────────────────────────────────────────────────────────────────────────────────────────────
# Install the requirements in file $1 with a bar for all of them; pip's own talk goes to .venv/install.log.
install_with_progress() {
  "$PY" -m pip install --disable-pip-version-check --progress-bar raw -r "$1" 2>&1 \
    | tee .venv/install.log | show_progress "$(grep -c '^[A-Za-z]' "$1")"
}

# Read pip's lines and draw how many of $1 packages have been fetched, and how far the present one is.
show_progress() {
  local total=$1 n=0 line name="" got all
  while IFS= read -r line; do
    case $line in
      "Collecting "* | "Processing "* | "Requirement already satisfied: "*"(from -r "*)
        n=$((n < total ? n + 1 : total))
        name=${line#Requirement already satisfied: }
        name=${name#Collecting }
        name=${name#Processing }
        name=${name%% *}
        name=${name##*/}
        name=${name%%-[0-9]*}
        progress "$n" "$total" "${name%%[=[;]*}"
        ;;
      "Progress "*" of "*)
        got=${line#Progress }
        all=${got#* of }
        got=${got% of *}
        # Only what takes a while to fetch is worth a running count.
        if [ -t 1 ] && [ "$all" -gt 5000000 ]; then
          progress "$n" "$total" "${name%%[=[;]*}  $((got / 1000000)) of $((all / 1000000)) MB"
        fi
        ;;
      "Installing collected packages"*) progress "$total" "$total" "fetched; unpacking" ;;
    esac
  done
  if [ -t 1 ]; then say ""; fi
}

stop_unfetched() {
  tail -n 8 .venv/install.log >&2
  stop "The packages could not be installed; the last lines above say why, .venv/install.log says all." \
    "Check the connection and the free space, then run the same command again: what was fetched is kept."
}

# Draw "[#####.....] 12 of 74 name"; on a terminal one moving line, in a log every tenth.
progress() {
  local width=30 filled bar
  filled=$(($1 * width / $2))
  bar=$(printf '%*s' "$filled" '' | tr ' ' '#')$(printf '%*s' $((width - filled)) '' | tr ' ' '.')
  if [ -t 1 ]; then
    printf '\r      [%s] %d of %d %-44.44s' "$bar" "$1" "$2" "$3"
  elif [ $(($1 % 10)) -eq 0 ] || [ "$1" -eq "$2" ]; then
    printf '      [%s] %d of %d %s\n' "$bar" "$1" "$2" "$3"
  fi
}

install_packages() {
  local stamp
  stamp=packages.$(lean_part | stamp_of)
  if is_done "$stamp"; then return; fi
  mkdir -p "$STAMPS"
  say "[2/5] Installing the forum's packages (about 430 MB on disk; a minute or two on the first start)"
  "$PY" -m pip install --quiet --disable-pip-version-check "pip==$PIP_VERSION" 2> .venv/install.log \
    || stop "No packages can be fetched (.venv/install.log says why). Check the connection, then run the same command again."
  lean_part > .venv/lean.txt
  install_with_progress .venv/lean.txt || stop_unfetched
  mark_done "$stamp"
}

install_dev() {
  local stamp
  stamp=dev.$(cat requirements-dev.txt requirements.txt | stamp_of)
  if is_done "$stamp"; then return; fi
  say "      Installing the tools for checks and tests"
  install_with_progress requirements-dev.txt || stop_unfetched
  mark_done "$stamp"
}

# ── 4. Detoxify and PyTorch: welcome, never required ─────────────────────────────────────────────────────────────
# True when what pip would install brings CUDA or ROCm, gigabytes that a forum's server has no use for.
brings_cuda() {
  "$PY" - "$1" <<'PYTHON'
import json, re, sys
names = [item["metadata"]["name"].lower() for item in json.load(open(sys.argv[1]))["install"]]
sys.exit(0 if any(re.match(r"nvidia-|cuda-|triton|rocm", name) for name in names) else 1)
PYTHON
}

# Put the CPU build of torch in place when the ordinary sources would bring CUDA; set `why` and fail where that can't be.
choose_torch() {
  local plan=.venv/torch-plan.json torch
  if ! "$PY" -m pip install --quiet --disable-pip-version-check --dry-run --report "$plan" -r .venv/heavy.txt \
    > .venv/install.log 2>&1; then
    why="no PyTorch build for this system and Python could be fetched"
    return 1
  fi
  if ! brings_cuda "$plan" || [ "${CUDA:-0}" = 1 ]; then return; fi
  torch=$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' .venv/heavy.txt)
  if [ -n "$TORCH_INDEX" ] && "$PY" -m pip install --quiet --disable-pip-version-check --no-deps --timeout 15 --retries 1 \
    --index-url "$TORCH_INDEX" "$torch" > .venv/install.log 2>&1; then
    return
  fi
  why="only PyTorch builds with gigabytes of CUDA could be found"
  return 1
}

# Install the heavy part. On failure `why` holds one reason in plain words; pip's own are in .venv/install.log.
try_detoxify() {
  heavy_part > .venv/heavy.txt
  choose_torch || return 1
  if ! install_with_progress .venv/heavy.txt; then
    why="its packages could not be installed"
    return 1
  fi
  if ! "$PY" -c 'import detoxify' > .venv/install.log 2>&1; then
    why="it was installed but does not load"
    return 1
  fi
}

install_detoxify() {
  local stamp why=""
  if [ "${LEAN:-0}" = 1 ]; then return; fi
  stamp=detoxify.$(heavy_part | stamp_of)
  if is_done "$stamp"; then return; fi
  if [ "${1-}" != again ] && is_done "skipped-$stamp"; then
    say "Detoxify is not installed ($(cat "$STAMPS/skipped-$stamp")); the built-in scorer is used. \`make detoxify\` tries again."
    return
  fi
  say "[3/5] Installing Detoxify and PyTorch, a second opinion on toxic posts (about 1.1 GB on disk; LEAN=1 leaves it out)"
  if try_detoxify; then
    rm -f "$STAMPS"/skipped-detoxify.*
    mark_done "$stamp"
    return
  fi
  mark_done "skipped-$stamp" "$why"
  say "Detoxify was left out: $why. The forum runs without it, on its built-in scorer; \`make detoxify\` tries again."
  if [ "${1-}" = again ]; then
    say "  make detoxify TORCH_INDEX=<address>   takes PyTorch's CPU build from another index"
    say "  make detoxify CUDA=1                  accepts the CUDA build (several GB)"
    return 1
  fi
}

# ── 5. A browser for the tests ───────────────────────────────────────────────────────────────────────────────────
install_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" > /dev/null; then return; fi
  done
  if [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    say "No Chromium was found; the browser tests will be skipped. Debian: sudo apt-get install chromium"
    return
  fi
  say "      Installing Debian's Chromium for the browser tests"
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core; } > .venv/install.log 2>&1; then
    tail -n 3 .venv/install.log >&2
    say "Chromium could not be installed; the browser tests will be skipped."
  fi
}

# One command a line: joined by && they would run with `set -e` switched off.
case ${1-} in
  run)
    close_instance
    make_environment
    install_packages
    install_detoxify
    ;;
  dev)
    make_environment
    install_packages
    install_detoxify
    install_dev
    ;;
  detoxify)
    make_environment
    install_packages
    LEAN=0
    install_detoxify again
    ;;
  browser) install_browser ;;
  *) stop "Usage: deploy/setup.sh run|dev|detoxify|browser" ;;
esac
