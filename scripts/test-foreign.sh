#!/usr/bin/env bash
# Test the functions of the PySpark jobs that need no Spark, then read lakebench's Iceberg tables with PyIceberg and Spark. Installs what
# that needs into a cache outside the checkout, once.
set -euo pipefail
cd "$(dirname "$0")/.."

. test/stack/install.sh
locked install_python
locked install_iceberg_jar
locked install_pytest

PYTHONDONTWRITEBYTECODE=1 "$cache/venv-pytest/bin/python" -m pytest -q -p no:cacheprovider test/spark-jobs

export LAKEBENCH_FOREIGN_PYTHON=$cache/venv/bin/python
export LAKEBENCH_FOREIGN_ICEBERG_JAR=$cache/jars/$iceberg_runtime-$iceberg.jar
# As in test/stack/up.sh: Spark reads some hundred rows here.
export JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1
# The wheel brings its own Spark; another one on this machine must not be mixed in.
unset SPARK_HOME PYTHONPATH
exec npx vitest run --project foreign --no-file-parallelism "$@"
