# Sourced by the scripts that need other people's programs. Each function installs one of them into a cache outside the
# checkout, once, and only what is missing; two runs at once wait for each other.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lakebench-test
stack_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

pyiceberg=0.10.0
pyarrow=26.0.1
pytest=9.2.0
pyspark=4.1.4
pyspark_old=3.5.9
iceberg=1.12.0
iceberg_runtime=iceberg-spark-runtime-4.1_2.13
iceberg_runtime_old=iceberg-spark-runtime-3.5_2.12
hadoop_aws=3.4.2
aws_bundle=2.29.52
versitygw=v1.8.0
trino=476
maven_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# need 'CHECK' PACKAGE…: install from the distribution what the check does not find.
need() {
  local check=$1
  shift
  bash -c "$check" >/dev/null 2>&1 && return
  command -v apt-get >/dev/null || { echo "this needs $*; install it first" >&2; exit 3; }
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy "$@"
}

# locked COMMAND…: alone among all runs on this machine that install.
locked() {
  mkdir -p "$cache"
  ( flock 9; "$@" ) 9>"$cache/lock"
}

maven() { need 'mvn -version' maven; nice -n 5 mvn -B -q "$@"; }

# jar GROUP:ARTIFACT:VERSION FOLDER
jar() {
  local artifact=${1#*:}
  [ -s "$2/${artifact/:/-}.jar" ] || maven "$maven_plugin:copy" "-Dartifact=$1" "-DoutputDirectory=$2"
}

# venv FOLDER REQUIREMENT…
venv() {
  local folder=$1 stamp
  shift
  need 'python3 -c "import ensurepip"' python3 python3-venv
  stamp="$* python $(python3 -c 'import sys; print(sys.version.split()[0])')"
  [ "$(cat "$folder/stamp" 2>/dev/null || true)" = "$stamp" ] && return
  rm -rf "$folder"
  python3 -m venv "$folder"
  nice -n 5 "$folder/bin/pip" install -q --disable-pip-version-check "$@"
  echo "$stamp" >"$folder/stamp"
}

# Spark 4.1 with the readers that check on us, and Spark 3.5 alone.
install_python() {
  need 'java -version' openjdk-17-jre-headless
  venv "$cache/venv" "pyiceberg[pyarrow,pyiceberg-core]==$pyiceberg" "pyarrow==$pyarrow" "pyspark==$pyspark"
}
install_old_spark() { venv "$cache/venv-old" "pyspark==$pyspark_old"; jar "org.apache.iceberg:$iceberg_runtime_old:$iceberg" "$cache/jars-old"; }
install_pytest() { venv "$cache/venv-pytest" "pytest==$pytest"; }
install_iceberg_jar() { jar "org.apache.iceberg:$iceberg_runtime:$iceberg" "$cache/jars"; }
# What Spark needs beyond its own wheel to reach S3: hadoop-aws as the wheel's hadoop-client, and the SDK that it was built with.
install_spark_jars() {
  install_iceberg_jar
  jar "org.apache.hadoop:hadoop-aws:$hadoop_aws" "$cache/jars"
  jar "software.amazon.awssdk:bundle:$aws_bundle" "$cache/jars"
}

install_s3() {
  [ -x "$cache/stack/bin/versitygw" ] && return
  need 'go version' golang-go
  GOBIN="$cache/stack/bin" GOFLAGS='-buildvcs=false -p=2' nice -n 5 go install "github.com/versity/versitygw/cmd/versitygw@$versitygw"
}

install_catalog() {
  local lib=$cache/stack/rest-lib
  cmp -s "$stack_folder/rest/pom.xml" "$lib/pom.xml" && return
  rm -rf "$lib"
  (cd "$stack_folder/rest" && maven "$maven_plugin:copy-dependencies" -DincludeScope=runtime "-DoutputDirectory=$lib")
  cp "$stack_folder/rest/pom.xml" "$lib/pom.xml"
}

install_trino() {
  local home=$cache/stack/trino-$trino
  [ -f "$home/.complete" ] && return
  rm -rf "$home" && mkdir -p "$home" "$cache/stack/dl"
  maven "$maven_plugin:copy" "-Dartifact=io.trino:trino-server:$trino:tar.gz" "-DoutputDirectory=$cache/stack/dl" -Dmdep.useBaseVersion=true
  # Unpacked whole, since members are hard links; only the connectors that are used stay, which halves the start.
  tar xzf "$cache/stack/dl/trino-server-$trino.tar.gz" -C "$home" --strip-components=1
  local plugin
  for plugin in "$home"/plugin/*; do
    case ${plugin##*/} in
      iceberg | tpch | memory | jmx | exchange-filesystem | password-authenticators | resource-group-managers | session-property-managers) ;;
      *) rm -rf "$plugin" ;;
    esac
  done
  rm -f "$cache/stack/dl/trino-server-$trino.tar.gz"
  touch "$home/.complete"
}

# The first Java of at least the version, among JAVA_HOME, the usual folders and PATH.
java_home() {
  local home version
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /none/bin/java)")")")"; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    version=$("$home/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
    if [ "${version:-0}" -ge "$1" ] && [ "${version:-0}" -le "${2:-99}" ]; then echo "$home"; return; fi
  done
  echo "No Java from $1 to ${2:-99} was found. Install one (Debian: openjdk-17-jdk-headless; Trino: a JDK 24 or later, e.g. Temurin 25) or set JAVA_HOME." >&2
  exit 3
}
