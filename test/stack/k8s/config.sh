# Sourced by up.sh: certificates, kubeconfigs and the configuration files of the cluster's parts.

cert() { # cert FILE SUBJECT [SAN]
  local file=$pki/$1 subject=$2 san=${3:-} extensions
  [ -s "$file.crt" ] && return
  extensions="keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=clientAuth,serverAuth
${san:+subjectAltName=$san}"
  openssl req -new -newkey rsa:2048 -nodes -keyout "$file.key" -subj "$subject" -out "$file.csr" 2>/dev/null
  openssl x509 -req -in "$file.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 \
    -extfile <(echo "$extensions") -out "$file.crt" 2>/dev/null
  rm -f "$file.csr"
}

kubeconfig() { # kubeconfig NAME [NAMESPACE]
  (umask 077 && cat >"$access/$1.conf" <<YAML
apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority-data: $(base64 -w0 <"$pki/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 <"$pki/$1.crt"), client-key-data: $(base64 -w0 <"$pki/$1.key")}}]
contexts: [{name: test, context: {cluster: test, user: $1, namespace: ${2:-default}}}]
YAML
  )
}

make_certificates() {
  local name
  umask 077
  mkdir -p "$pki" "$access"
  if [ ! -s "$pki/ca.crt" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$pki/ca.key" -subj /CN=lakebench-test-ca -days 3650 \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$pki/ca.crt" 2>/dev/null
  fi
  [ -s "$pki/sa.pub" ] || { openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null; openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null; }
  cert apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$service_ip,IP:$node_ip"
  cert apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet
  cert admin /O=system:masters/CN=admin
  cert controller-manager /CN=system:kube-controller-manager
  cert scheduler /CN=system:kube-scheduler
  cert kubelet "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$node_ip,IP:127.0.0.1"
  cert proxy /CN=system:kube-proxy
  cert coredns /CN=coredns
  cert operator /CN=spark-operator
  # Who runs the benchmark: only the rights of deploy/rbac.yaml.
  cert bench /CN=bench
  cert nobody /CN=nobody
  for name in admin controller-manager scheduler kubelet proxy coredns operator; do kubeconfig $name; done
  for name in bench nobody; do kubeconfig $name "$namespace"; done
  umask 022
}

write_config() {
  mkdir -p "$etc/cni" "$state" "$run_folder"
  cp /etc/resolv.conf "$etc/resolv.conf"
  # A root without CAP_SYS_RESOURCE may not lower an oom_score_adj; runc would end with "can't get final child's PID from pipe: EOF".
  cat >"$etc/containerd.toml" <<TOML
version = 2
root = "$state/containerd"
state = "$run_folder/containerd"
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$etc/cni"
TOML
  cat >"$etc/cni/10-test.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "test", "plugins": [
  {"type": "bridge", "bridge": "$bridge", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$state/cni", "ranges": [[{"subnet": "$pod_cidr", "gateway": "$node_ip"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}},
  {"type": "loopback"}]}
JSON
  # cgroup v1 is refused by later kubelets only; there is no systemd.
  cat >"$etc/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$socket
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
clusterDNS: [$node_ip]
clusterDomain: cluster.local
resolvConf: $etc/resolv.conf
evictionHard: {memory.available: 200Mi, nodefs.available: 1Gi, imagefs.available: 1Gi, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
podLogsDir: $state/podlogs
maxPods: 60
registryPullQPS: 0
eventRecordQPS: 0
oomScoreAdj: 0
YAML
  cat >"$etc/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $access/proxy.conf}
hostnameOverride: $node
mode: iptables
clusterCIDR: $pod_cidr
conntrack: {maxPerCore: 0, min: 0}
oomScoreAdj: 0
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
YAML
  cat >"$etc/Corefile" <<TEXT
.:53 {
  bind $node_ip
  ready 127.0.0.1:19181
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig $access/coredns.conf
    pods insecure
  }
  forward . $etc/resolv.conf
  cache 5
}
TEXT
}
