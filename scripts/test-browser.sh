#!/usr/bin/env bash
# The pages in a real headless Chromium: the program that LAKEBENCH_CHROMIUM names, else the distribution's, installed where it is
# missing. LAKEBENCH_SCREENSHOTS=FOLDER keeps a picture of every page at 400 and 1,600 px, to be looked at.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${LAKEBENCH_CHROMIUM:-}" ]; then
  . test/stack/install.sh
  need 'command -v chromium' --no-install-recommends chromium fonts-dejavu-core
  LAKEBENCH_CHROMIUM=$(command -v chromium)
fi
export LAKEBENCH_CHROMIUM
exec npx vitest run --project browser --no-file-parallelism "$@"
