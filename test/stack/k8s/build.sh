#!/usr/bin/env bash
# Builds the cluster's programs from source through the Go module proxy, into a cache outside the checkout, once.
# Versions and checksums are locked by gomod/*/go.mod and go.sum; about 20 minutes of CPU from nothing, nothing after that.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mkdir -p "$k8s_cache" "$bin" "$k8s_cache/src"
build_log=$k8s_cache/build.log

go_build() { # go_build MODULE LDFLAGS OUTPUT PACKAGE…
  local module=$1 ldflags=$2 output=$3
  shift 3
  (cd "$k8s_cache/src/$module" &&
    GOPATH=$k8s_cache/gopath GOCACHE=$k8s_cache/gocache GOTOOLCHAIN=local CGO_ENABLED=0 \
      GOFLAGS="-mod=readonly -buildvcs=false -trimpath" nice -n "${LAKEBENCH_BUILD_NICE:-10}" \
      go build -p 2 -ldflags "$ldflags" -o "$output" "$@") >>"$build_log" 2>&1 ||
    { echo "the build of $module failed; see $build_log" >&2; exit 1; }
}

build_kubernetes() {
  local version=k8s.io/component-base/version program missing=()
  for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    [ -x "$bin/$program" ] || missing+=("k8s.io/kubernetes/cmd/$program")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "building Kubernetes $kubernetes"
  # API server and kubelet compare their versions, so the version must be in the binaries.
  go_build k8s "-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=33 -X $version.gitCommit=test -X $version.gitTreeState=clean -X $version.buildDate=2026-01-01T00:00:00Z" \
    "$bin/" "${missing[@]}"
}

build_all() {
  need 'go version' golang-go
  cp -r "$k8s_folder/gomod/." "$k8s_cache/src/"
  [ -x "$bin/pause" ] || go_build pause '-s -w' "$bin/pause" .
  [ -x "$bin/etcd" ] || { say 'building etcd'; go_build etcd '-s -w' "$bin/etcd" go.etcd.io/etcd/server/v3; }
  build_kubernetes
  [ -x "$bin/coredns" ] || { say 'building CoreDNS'; go_build coredns '-s -w' "$bin/coredns" .; }
  [ -x "$bin/spark-operator" ] || {
    say "building spark-operator $operator"
    go_build operator '-s -w' "$bin/spark-operator" github.com/kubeflow/spark-operator/v2/cmd/operator
  }
  # The operator's custom resources and roles come from its own module.
  if [ ! -s "$k8s_cache/operator/crds/sparkoperator.k8s.io_sparkapplications.yaml" ]; then
    local folder
    folder=$(cd "$k8s_cache/src/operator" && GOPATH=$k8s_cache/gopath GOFLAGS=-mod=readonly go list -m -f '{{.Dir}}' github.com/kubeflow/spark-operator/v2)
    mkdir -p "$k8s_cache/operator"
    cp -r --no-preserve=mode "$folder/charts/spark-operator-chart/crds" "$folder/config/rbac" "$folder/config/webhook" "$k8s_cache/operator/"
  fi
}

mkdir -p "$k8s_cache"
( flock 9; build_all ) 9>"$k8s_cache/build.lock"
say 'the cluster programs are there'
