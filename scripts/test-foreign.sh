#!/usr/bin/env bash
# Read lakebench's Iceberg tables with PyIceberg and Spark. Installs both into a cache outside the checkout, once.
set -euo pipefail
cd "$(dirname "$0")/.."

. test/stack/install.sh
locked install_python
locked install_iceberg_jar

export LAKEBENCH_FOREIGN_PYTHON=$cache/venv/bin/python
export LAKEBENCH_FOREIGN_ICEBERG_JAR=$cache/jars/$iceberg_runtime-$iceberg.jar
# As in test/stack/up.sh: Spark reads some hundred rows here.
export JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1
# The wheel brings its own Spark; another one on this machine must not be mixed in.
unset SPARK_HOME PYTHONPATH
exec npx vitest run --project foreign --no-file-parallelism "$@"
