#!/usr/bin/env bash
# Read lakebench's Iceberg tables with PyIceberg and Spark. Installs both into a cache outside the checkout, once.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lakebench-test
pyiceberg=0.10.0
pyarrow=26.0.1
pyspark=4.1.4
runtime=iceberg-spark-runtime-4.1_2.13
runtime_version=1.12.0

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# need 'CHECK' PACKAGE…: install from the distribution what the check does not find.
need() {
  local check=$1
  shift
  bash -c "$check" >/dev/null 2>&1 && return
  command -v apt-get >/dev/null || { echo "test-foreign needs $*; install it first" >&2; exit 3; }
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy "$@"
}

need 'python3 -c "import ensurepip"' python3 python3-venv
need 'java -version' openjdk-17-jre-headless

# Two runs at once must not install into each other.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

stamp="pyiceberg $pyiceberg pyarrow $pyarrow pyspark $pyspark python $(python3 -c 'import sys; print(sys.version.split()[0])')"
if [ "$(cat "$cache/venv/stamp" 2>/dev/null || true)" != "$stamp" ]; then
  rm -rf "$cache/venv"
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install -q --disable-pip-version-check \
    "pyiceberg[pyarrow,pyiceberg-core]==$pyiceberg" "pyarrow==$pyarrow" "pyspark==$pyspark"
  echo "$stamp" >"$cache/venv/stamp"
fi

jar=$cache/jars/$runtime-$runtime_version.jar
if [ ! -s "$jar" ]; then
  need 'mvn -version' maven
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=org.apache.iceberg:$runtime:$runtime_version" "-DoutputDirectory=$cache/jars"
fi
flock -u 9

export LAKEBENCH_FOREIGN_PYTHON=$cache/venv/bin/python
export LAKEBENCH_FOREIGN_ICEBERG_JAR=$jar
# The wheel brings its own Spark; another one on this machine must not be mixed in.
unset SPARK_HOME PYTHONPATH
exec npx vitest run --config vitest.foreign.config.ts "$@"
