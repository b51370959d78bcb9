#!/usr/bin/env bash
# Brings up a real Kubernetes of one node with the Spark operator, on loopback and a bridge of its own: etcd, API server, controllers,
# scheduler, kubelet, containerd, kube-proxy, DNS. Nothing plays a node. Idempotent: what runs stays. `down.sh` stops it.
#
#   up.sh              install and build what is missing (about 15 minutes from nothing), start all, write $LAKEBENCH_K8S/env
#   up.sh install      only install and build
#   up.sh start        only start
#
# LAKEBENCH_K8S (default: the cache's k8s/run): state, logs, pids. KEEP=1: keep the objects of the last start. Needs root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$k8s_folder/config.sh"

install_all() {
  need 'command -v containerd runc conntrack iptables socat ip debootstrap openssl && test -x /usr/lib/cni/bridge' \
    containerd runc containernetworking-plugins conntrack iptables ethtool socat iproute2 debootstrap procps openssl
  "$k8s_folder/build.sh"
  "$k8s_folder/images.sh"
}

# Pods reach the servers of the stack, which listen on loopback, at the bridge's address.
forward_servers() {
  local port
  for port in ${LAKEBENCH_S3_PORT:-17070} ${LAKEBENCH_CATALOG_PORT:-18181} ${LAKEBENCH_TRINO_PORT:-18080}; do
    launch "forward-$port" socat "TCP-LISTEN:$port,bind=$node_ip,fork,reuseaddr,backlog=128" "TCP:127.0.0.1:$port"
  done
}

make_network() {
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  ip addr replace "$node_ip/24" dev "$bridge"
  ip link set "$bridge" up
  [ -e "$state/ip_forward.before" ] || cat /proc/sys/net/ipv4/ip_forward >"$state/ip_forward.before"
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
}

import_image() { # import_image LAYOUT NAME
  local want have
  want=$(sed 's/.*"digest": "\(sha256:[0-9a-f]*\)".*/\1/' "$1/index.json")
  have=$(lctr images ls "name==$2" 2>/dev/null | awk 'NR==2{print $3}')
  [ "$want" = "$have" ] && return
  tar -C "$1" --exclude=version -cf - . | lctr images import - >>"$logs/import.log" 2>&1
}

start_cluster() {
  # A node that ran out of time would otherwise begin with the pods of the last start.
  [ "${KEEP:-0}" = 1 ] || running etcd || rm -rf "$state/etcd"
  make_certificates
  write_config
  make_network
  launch etcd etcd --name test --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$((etcd_port + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((etcd_port + 1))" \
    --initial-cluster "test=http://127.0.0.1:$((etcd_port + 1))"
  launch containerd containerd --config "$etc/containerd.toml"
  start_api_server
  wait_for 30 containerd lctr version
  import_image "$images/pause" "$pause_image"
  import_image "$images/spark" "$spark_image"
  [ ! -d "$images/tool" ] || import_image "$images/tool" "$tool_image"
  wait_for 90 'the API server' k get --raw /readyz
  launch controller-manager kube-controller-manager --kubeconfig "$access/controller-manager.conf" \
    --authentication-kubeconfig "$access/controller-manager.conf" --authorization-kubeconfig "$access/controller-manager.conf" \
    --bind-address 127.0.0.1 --root-ca-file "$pki/ca.crt" --service-account-private-key-file "$pki/sa.key" \
    --use-service-account-credentials --leader-elect=false
  launch scheduler kube-scheduler --kubeconfig "$access/scheduler.conf" --authentication-kubeconfig "$access/scheduler.conf" \
    --authorization-kubeconfig "$access/scheduler.conf" --bind-address 127.0.0.1 --leader-elect=false
  launch kubelet kubelet --config "$etc/kubelet.yaml" --kubeconfig "$access/kubelet.conf" --root-dir "$state/kubelet" \
    --hostname-override $node --node-ip $node_ip
  launch kube-proxy kube-proxy --config "$etc/proxy.yaml"
  k apply -f "$k8s_folder/coredns-rbac.yaml" >/dev/null
  launch coredns coredns -conf "$etc/Corefile"
  forward_servers
  wait_for 90 'the node' k wait --for=condition=Ready "node/$node" --timeout=1s
  wait_for 60 'the default service account' k -n default get serviceaccount default
  wait_for 30 CoreDNS curl -fs http://127.0.0.1:19181/ready
  say 'the node is ready'
}

start_api_server() {
  launch kube-apiserver kube-apiserver --etcd-servers "http://127.0.0.1:$etcd_port" \
    --bind-address 0.0.0.0 --secure-port $api_port --advertise-address $node_ip --service-cluster-ip-range $service_cidr \
    --client-ca-file "$pki/ca.crt" --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
    --kubelet-client-certificate "$pki/apiserver-kubelet.crt" --kubelet-client-key "$pki/apiserver-kubelet.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$pki/sa.pub" --service-account-signing-key-file "$pki/sa.key" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged=true --profiling=false
}

start_operator() {
  local ns java
  for ns in spark-operator "$namespace"; do k create namespace "$ns" --dry-run=client -o yaml | k apply -f - >/dev/null; done
  # On the server's side: these are larger than the annotation that a client would write.
  k apply --server-side --force-conflicts -f "$k8s_cache/operator/crds" >/dev/null
  k apply -f "$k8s_cache/operator/rbac/role.yaml" -f "$k8s_folder/operator-rbac.yaml" >/dev/null
  k wait --for=condition=Established --timeout=30s crd -l '!none' >/dev/null
  # Established comes before discovery serves the kind, and the operator does not try again.
  wait_for 30 'the operator kinds' bash -c "'$bin/kubectl' --kubeconfig '$access/admin.conf' get --raw /apis/sparkoperator.k8s.io/v1beta2 | grep -q '\"scheduledsparkapplications\"' &&
    '$bin/kubectl' --kubeconfig '$access/admin.conf' get --raw /apis/sparkoperator.k8s.io/v1alpha1 | grep -q '\"sparkconnects\"'"
  java=$(java_home 17 21)
  # What Python the caller uses is no business of the pods.
  launch spark-operator env -u PYSPARK_PYTHON -u PYSPARK_DRIVER_PYTHON KUBECONFIG="$access/operator.conf" KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=$api_port \
    SPARK_HOME="$("$cache/venv/bin/python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')" JAVA_HOME="$java" \
    SPARK_SUBMIT_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" \
    spark-operator controller start --namespaces "$namespace" --controller-threads 4 --enable-ui-service=true \
    --metrics-bind-address 0 --health-probe-bind-address 127.0.0.1:18081 --zap-log-level info --leader-election=false
  wait_for 60 'the operator' curl -fs http://127.0.0.1:18081/readyz
  say 'the operator is ready'
}

# What an administrator sets up for a benchmark: the manifests of deploy/, a user who has these rights, volumes.
prepare_namespace() {
  local deploy=$k8s_folder/../../../deploy i
  k -n "$namespace" apply -f "$deploy/rbac.yaml" -f "$deploy/rbac-submit.yaml" >/dev/null
  k apply -f "$deploy/rbac-cluster.yaml" >/dev/null
  k -n "$namespace" create rolebinding bench --role lakebench --user bench --dry-run=client -o yaml | k apply -f - >/dev/null
  k -n "$namespace" create rolebinding bench-submit --role lakebench-submit --user bench --dry-run=client -o yaml | k apply -f - >/dev/null
  k create clusterrolebinding bench --clusterrole lakebench-capacity --user bench --dry-run=client -o yaml | k apply -f - >/dev/null
  for i in $(seq "${LAKEBENCH_K8S_VOLUMES:-40}"); do
    mkdir -p "$state/scratch/$i"
    chmod 1777 "$state/scratch/$i"
    sed "s#NUMBER#$i#; s#PATH#$state/scratch/$i#" "$k8s_folder/volume.yaml"
  done | k apply -f - >/dev/null
  k apply -f "$k8s_folder/storage-classes.yaml" >/dev/null
}

write_env() {
  cat >"$cluster/env" <<ENV
LAKEBENCH_K8S=$cluster
LAKEBENCH_K8S_ACCESS=$access
LAKEBENCH_K8S_NAMESPACE=$namespace
LAKEBENCH_K8S_SPARK_IMAGE=$spark_image
LAKEBENCH_K8S_TOOL_IMAGE=$tool_image
LAKEBENCH_K8S_BRIDGE=$node_ip
LAKEBENCH_K8S_KUBECTL=$bin/kubectl
ENV
}

start() {
  mkdir -p "$pids" "$logs" "$state"
  exec 8>"$cluster/lock"
  flock 8
  start_cluster
  start_operator
  prepare_namespace
  write_env
  echo $etcd_port >"$cluster/etcd.port"
  flock -u 8
}

case ${1:-all} in
  install) install_all ;;
  start) start ;;
  all) install_all && start ;;
  part) mkdir -p "$pids" "$logs"; "start_$2" ;;
  *) echo "usage: $0 [install | start]" >&2; exit 2 ;;
esac
