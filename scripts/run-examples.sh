#!/usr/bin/env bash
# Every example, on a small corpus in a folder of its own that goes away afterwards. Expects a build.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SCALE=0.002 SCALES=0.001,0.002 LAKEBENCH_OUTPUT="$work/output"
for example in examples/*.ts; do
  case $example in *.test.ts | */vitest.config.ts) continue ;; esac
  printf '\n--- %s\n' "$example"
  LAKEBENCH_STORAGE="$work/$(basename "$example")" npx tsx "$example"
done
printf '\n--- examples/lakebench.yaml\n'
LAKEBENCH_STORAGE="$work/yaml" node dist/cli/main.js run examples/lakebench.yaml --generate --scale 0.002 --output-dir "$work/output" --quiet
npx vitest run --config examples/vitest.config.ts
