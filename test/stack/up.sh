#!/usr/bin/env bash
# Brings up the servers that the stack tests need, on loopback only: S3 (versitygw), an Iceberg REST catalog, Trino. Installs what
# is missing into a cache outside the checkout. Idempotent: what runs stays. `down.sh` stops it, `down.sh wipe` deletes its data.
# Where nothing runs, all start empty: a catalog that an interrupted run left may name tables whose files are gone.
#
#   up.sh            install and start all, wait until healthy, write $LAKEBENCH_STACK/env
#   up.sh install    only install
#   up.sh start s3 catalog trino     only these (installed before)
#
# LAKEBENCH_STACK (default: the cache's stack/run): data, logs, pids. LAKEBENCH_S3_PORT, _CATALOG_PORT, _TRINO_PORT: other ports.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

run=${LAKEBENCH_STACK:-$cache/stack/run}
s3_port=${LAKEBENCH_S3_PORT:-17070}
catalog_port=${LAKEBENCH_CATALOG_PORT:-18181}
trino_port=${LAKEBENCH_TRINO_PORT:-18080}
access_key=stackadmin
secret_key=stacksecret123
region=us-east-1
# Programs that live for seconds spend most of them on compiling themselves well: without the second compiler, a run of Spark over the
# tests' few rows takes 43 CPU-seconds in place of 74. Trino, whose every query is small here, likewise.
quick_java=-XX:TieredStopAtLevel=1

install_all() {
  say 'installing what is missing'
  locked install_s3 &
  local s3=$!
  wait $s3
  locked install_catalog
  locked install_trino
  locked install_python
  locked install_spark_jars
  locked install_old_spark
}

alive() { [ -s "$run/$1.pid" ] && kill -0 "$(cat "$run/$1.pid")" 2>/dev/null; }

# launch NAME COMMAND…: in a session of its own, its pid kept.
launch() {
  local name=$1
  shift
  setsid nohup "$@" >"$run/$name.log" 2>&1 </dev/null &
  echo $! >"$run/$name.pid"
}

# healthy NAME SECONDS COMMAND…: wait for the command to succeed while the server lives.
healthy() {
  local name=$1 most=$2 started=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name" || [ $((SECONDS - started)) -ge "$most" ]; then
      say "$name is not healthy after $((SECONDS - started)) s; $run/$name.log ends with:"
      tail -20 "$run/$name.log" >&2
      exit 1
    fi
    sleep 0.2
  done
  say "$name is healthy after $((SECONDS - started)) s, pid $(cat "$run/$name.pid")"
}

# versitygw without --keep-alive: with it, release 1.8.0 answers 400 to requests that follow some uploads on a connection.
start_s3() {
  alive s3 && return
  mkdir -p "$run/s3"
  ROOT_ACCESS_KEY_ID=$access_key ROOT_SECRET_ACCESS_KEY=$secret_key launch s3 "$cache/stack/bin/versitygw" \
    --port "127.0.0.1:$s3_port" --region $region --health /health --quiet posix "$run/s3"
  healthy s3 30 curl -sf "http://127.0.0.1:$s3_port/health"
}

start_catalog() {
  alive catalog && return
  local java
  java=$(java_home 17)
  mkdir -p "$run/catalog"
  AWS_ACCESS_KEY_ID=$access_key AWS_SECRET_ACCESS_KEY=$secret_key AWS_REGION=$region launch catalog "$java/bin/java" -Xmx384m $quick_java \
    -cp "$cache/stack/rest-lib/*" "$stack_folder/rest/RestCatalog.java" "$catalog_port" \
    "uri=jdbc:sqlite:$run/catalog/catalog.db?journal_mode=WAL&busy_timeout=20000" jdbc.schema-version=V1 \
    warehouse=s3://warehouse/ io-impl=org.apache.iceberg.aws.s3.S3FileIO \
    "s3.endpoint=http://127.0.0.1:$s3_port" s3.path-style-access=true client.region=$region
  healthy catalog 60 curl -sf "http://127.0.0.1:$catalog_port/v1/config"
}

start_trino() {
  alive trino && return
  local java home=$cache/stack/trino-$trino etc=$run/trino/etc
  java=$(java_home 24)
  mkdir -p "$etc/catalog" "$run/trino/data"
  printf '%s\n' node.environment=stack node.id=stack-1 node.bind-ip=127.0.0.1 node.internal-address=127.0.0.1 "node.data-dir=$run/trino/data" >"$etc/node.properties"
  printf '%s\n' coordinator=true node-scheduler.include-coordinator=true "http-server.http.port=$trino_port" \
    "discovery.uri=http://127.0.0.1:$trino_port" query.max-memory=1GB query.max-memory-per-node=768MB \
    memory.heap-headroom-per-node=512MB catalog.management=dynamic >"$etc/config.properties"
  printf '%s\n' -server -Xms512M "-Xmx${LAKEBENCH_TRINO_HEAP:-2G}" -XX:+UseG1GC -XX:G1HeapRegionSize=16M -XX:+ExplicitGCInvokesConcurrent \
    -XX:+ExitOnOutOfMemoryError -XX:ReservedCodeCacheSize=256M -XX:PerMethodRecompilationCutoff=10000 \
    -XX:PerBytecodeRecompilationCutoff=10000 -Djdk.attach.allowAttachSelf=true -Djdk.nio.maxCachedBufferSize=2000000 \
    -Dfile.encoding=UTF-8 -XX:+EnableDynamicAgentLoading $quick_java >"$etc/jvm.config"
  echo io.trino=INFO >"$etc/log.properties"
  printf '%s\n' connector.name=iceberg iceberg.catalog.type=rest "iceberg.rest-catalog.uri=http://127.0.0.1:$catalog_port" \
    fs.native-s3.enabled=true "s3.endpoint=http://127.0.0.1:$s3_port" s3.region=$region s3.path-style-access=true \
    s3.aws-access-key=$access_key s3.aws-secret-key=$secret_key >"$etc/catalog/lakehouse.properties"
  echo connector.name=tpch >"$etc/catalog/tpch.properties"
  # A pid of another day may be another process by now; that ours is not alive was asked above.
  rm -f "$run/trino/data/var/run/launcher.pid"
  JAVA_HOME=$java PATH="$java/bin:$PATH" launch trino "$home/bin/launcher" --etc-dir "$etc" run
  healthy trino 240 sh -c "curl -sf http://127.0.0.1:$trino_port/v1/info | grep -q '\"starting\":false'"
}

# What tests read: where things are. The file is for this user only, since keys stand in it.
write_env() {
  (umask 077 && cat >"$run/env" <<ENV
LAKEBENCH_STACK=$run
LAKEBENCH_STACK_S3=http://127.0.0.1:$s3_port
LAKEBENCH_STACK_S3_ACCESS_KEY=$access_key
LAKEBENCH_STACK_S3_SECRET_KEY=$secret_key
LAKEBENCH_STACK_CATALOG=http://127.0.0.1:$catalog_port
LAKEBENCH_STACK_TRINO=http://127.0.0.1:$trino_port
LAKEBENCH_STACK_PYTHON=$cache/venv/bin/python
LAKEBENCH_STACK_JARS=$cache/jars
LAKEBENCH_STACK_PYTHON_OLD=$cache/venv-old/bin/python
LAKEBENCH_STACK_JARS_OLD=$cache/jars-old
LAKEBENCH_STACK_JAVA=$(java_home 17 21)
JDK_JAVA_OPTIONS=$quick_java
ENV
  )
}

start() {
  mkdir -p "$run"
  local server
  # Two runs at once must not start a server twice.
  exec 8>"$run/lock"
  flock 8
  alive s3 || alive catalog || alive trino || rm -rf "$run/s3" "$run/catalog" "$run/trino"
  for server in "$@"; do "start_$server" 8>&-; done
  write_env
  flock -u 8
}

case ${1:-all} in
  install) install_all ;;
  start) shift && start "$@" ;;
  all) install_all && start s3 catalog trino ;;
  *) echo "usage: $0 [install | start SERVER…]" >&2; exit 2 ;;
esac
