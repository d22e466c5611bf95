#!/usr/bin/env bash
# Bring an empty database to the newest migration and fail when the models say something else.
# A throw-away instance is used, so the answer never depends on what somebody's own instance holds.
set -euo pipefail
cd "$(dirname "$0")/.."

FORUM_INSTANCE=$(mktemp -d)
export FORUM_INSTANCE FORUM_DATABASE_URL="" FORUM_REDIS_URL="" FORUM_ENV=local
trap 'rm -rf "$FORUM_INSTANCE"' EXIT
{
  .venv/bin/python -m flask --app wsgi db upgrade && .venv/bin/python -m flask --app wsgi db check
} > "$FORUM_INSTANCE/log" 2>&1 || {
  tail -n 20 "$FORUM_INSTANCE/log"
  exit 1
}
