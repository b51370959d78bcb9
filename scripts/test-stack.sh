#!/usr/bin/env bash
# The tests that need real servers: S3, an Iceberg REST catalog, Trino, Spark. Installs and starts what is missing, runs them (all,
# or those named), and stops what it started. Servers that ran before keep running.
set -euo pipefail
cd "$(dirname "$0")/.."

run=${LAKEBENCH_STACK:-${XDG_CACHE_HOME:-$HOME/.cache}/lakebench-test/stack/run}
started=()
for name in trino catalog s3; do
  kill -0 "$(cat "$run/$name.pid" 2>/dev/null || echo none)" 2>/dev/null || started+=("$name")
done
trap '[ ${#started[@]} -eq 0 ] || test/stack/down.sh "${started[@]}"' EXIT

test/stack/up.sh
set -a
. "$run/env"
set +a
# The wheel brings its own Spark; another one on this machine must not be mixed in.
unset SPARK_HOME PYTHONPATH
npm run --silent build:if-stale
npx vitest run --project stack --no-file-parallelism "$@"
