#!/usr/bin/env bash
# Stops what up.sh started, and only that: every process by its pid file, the containers of its containerd, its bridge, mounts and
# iptables rules. Images stay in containerd's store.
#
#   down.sh            stop all
#   down.sh wipe       also delete state, certificates and logs
#   down.sh only NAME  stop one part (kube-apiserver, spark-operator, …); `up.sh start` with KEEP=1 brings it back
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ "${1:-}" = only ]; then stop 20 "$2"; say "$2 stopped"; exit; fi

stop 10 spark-operator kubelet scheduler controller-manager
if running containerd; then
  for task in $(lctr tasks ls -q 2>/dev/null); do lctr tasks kill -s SIGKILL "$task" >/dev/null 2>&1; done
  for container in $(lctr containers ls -q 2>/dev/null); do
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      lctr tasks delete -f "$container" >/dev/null 2>&1 && break
      case " $(lctr tasks ls -q 2>/dev/null | tr '\n' ' ') " in *" $container "*) ;; *) break ;; esac
      sleep 0.2
    done
    lctr containers delete "$container" >/dev/null 2>&1
  done
fi
stop 10 containerd coredns kube-proxy $(cd "$pids" 2>/dev/null && ls forward-*.pid 2>/dev/null | sed 's/\.pid$//')
# A graceful end of the API server takes some 12 s while watches are open.
stop 2 kube-apiserver
stop 10 etcd

# Rules of kube-proxy, kubelet and the CNI plugins; nobody else's.
for table in iptables ip6tables; do
  rules=$($table-save 2>/dev/null || true)
  case $rules in *KUBE-* | *CNI-*) grep -vE 'KUBE-|CNI-' <<<"$rules" | $table-restore ;; esac
done
# Mounts of pods that are left, the deepest first.
awk -v a="$state/" -v b="$run_folder/" 'index($2,a)==1||index($2,b)==1{print $2}' /proc/self/mounts | sort -r |
  while read -r mount; do umount -l "$mount" 2>/dev/null; done
rm -f "$state"/cni/test/10.* 2>/dev/null
ip link show "$bridge" >/dev/null 2>&1 && ip link delete "$bridge"
if [ -s "$state/ip_forward.before" ]; then cat "$state/ip_forward.before" >/proc/sys/net/ipv4/ip_forward; rm -f "$state/ip_forward.before"; fi
for group in /sys/fs/cgroup/*/kubepods; do
  [ -d "$group" ] && find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
done
rm -rf "$state/kubelet" "$state/podlogs" "$run_folder"
[ "${1:-}" = wipe ] && rm -rf "$cluster"
say 'the cluster is stopped'
exit 0
