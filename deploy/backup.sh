#!/usr/bin/env bash
# Write one encrypted backup and drop those older than 14 days, the time the privacy page promises.
#
#   deploy/backup.sh DIRECTORY RECIPIENTS
#
# RECIPIENTS is a file with one `age` public key a line; the private key belongs on another machine.
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "Usage: deploy/backup.sh DIRECTORY RECIPIENTS" >&2
  exit 2
fi
directory=$1
recipients=$2
cd "$(dirname "$0")/.."
umask 077

if ! command -v age > /dev/null; then
  echo "Backups are encrypted with age. Debian and Ubuntu: sudo apt-get install age" >&2
  exit 1
fi
if [ ! -s "$recipients" ]; then
  echo "$recipients has no key. Make one elsewhere with age-keygen and put the public line there." >&2
  exit 1
fi

# The readable copy is made where the service may write but nobody else may read, and is gone when this script ends.
plain=$(mktemp -d)
trap 'rm -rf "$plain"' EXIT
.venv/bin/python -m flask --app wsgi forum backup "$plain/forum.backup"
name=forum-$(date -u +%Y-%m-%dT%H%M%SZ).age
age --encrypt --recipients-file "$recipients" --output "$directory/$name.part" "$plain/forum.backup"
# A name that ends in .age is always a whole backup.
mv "$directory/$name.part" "$directory/$name"
find "$directory" -name 'forum-*.age' -type f -mtime +14 -exec rm -f {} +
find "$directory" -name 'forum-*.age.part' -type f -mtime +1 -exec rm -f {} +
echo "Wrote $directory/$name"
