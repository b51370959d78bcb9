# Sourced by the scripts of this folder: where things are, and how a process is started, recognised and stopped.
. "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
k8s_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

kubernetes=1.33.13
operator=2.5.1
k8s_cache=$cache/k8s
cluster=${LAKEBENCH_K8S:-$k8s_cache/run}
bin=$k8s_cache/bin
images=$k8s_cache/images
pki=$cluster/pki
access=$cluster/kubeconfig
etc=$cluster/etc
state=$cluster/state
pids=$cluster/pids
logs=$cluster/log

node=lakebench-node
bridge=lbk8s0
# The bridge's address: API server, kubelet and DNS listen there, so nothing depends on the machine's own addresses.
node_ip=10.244.0.1
pod_cidr=10.244.0.0/24
service_cidr=10.96.0.0/16
service_ip=10.96.0.1
api_port=6443
etcd_port=12379
# A short path, since the path of a unix socket may have 107 bytes only.
run_folder=/run/lakebench-k8s
socket=$run_folder/containerd.sock
namespace=${LAKEBENCH_K8S_NAMESPACE:-lakebench}
spark_image=lakebench.test/spark:$pyspark
tool_image=lakebench.test/lakebench:dev
pause_image=lakebench.test/pause:1

export PATH=$bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

k() { "$bin/kubectl" --kubeconfig "$access/admin.conf" "$@"; }
lctr() { ctr -a "$socket" -n k8s.io "$@"; }

# When a process started, in clock ticks: with the pid this names one process for good, however often pids are reused.
started_at() {
  local fields
  read -r fields 2>/dev/null <"/proc/$1/stat" || return 1
  fields=${fields##*) }
  # shellcheck disable=SC2086
  set -- $fields
  echo "${20}"
}

running() { # running NAME
  local pid ticks
  read -r pid ticks 2>/dev/null <"$pids/$1.pid" || return 1
  [ -n "$ticks" ] && [ "$(started_at "$pid")" = "$ticks" ]
}

launch() { # launch NAME COMMAND…
  local name=$1
  shift
  running "$name" && return
  setsid "$@" >"$logs/$name.log" 2>&1 </dev/null 8>&- &
  echo "$! $(started_at $!)" >"$pids/$name.pid"
}

stop() { # stop SECONDS NAME…: TERM to all, KILL to what is left after that.
  local most=$1 name pid ticks left i
  shift
  for name; do
    if running "$name"; then read -r pid ticks <"$pids/$name.pid" && kill "$pid" 2>/dev/null || true; fi
  done
  for ((i = 0; i < most * 10; i++)); do
    left=0
    for name; do if running "$name"; then left=1; fi; done
    [ $left = 0 ] && break
    sleep 0.1
  done
  for name; do
    if running "$name"; then read -r pid ticks <"$pids/$name.pid" && kill -9 "$pid" 2>/dev/null || true; fi
    rm -f "$pids/$name.pid"
  done
}

wait_for() { # wait_for SECONDS WHAT COMMAND…
  local most=$1 what=$2 i
  shift 2
  for ((i = 0; i < most * 5; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  echo "gave up waiting for $what; see $logs" >&2
  return 1
}
