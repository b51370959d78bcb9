#!/bin/bash
# Starts what Spark's Kubernetes backend asks for: "driver …", "executor …", or the command as it stands. The convention is that of
# Spark's own images; the wheel of PySpark brings the backend, but not this script.
set -e

classpath="$SPARK_HOME/conf:$SPARK_CLASSPATH:$SPARK_HOME/jars/*:$SPARK_EXTRA_CLASSPATH:$PWD"

# SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1, … in numeric order
java_options=()
i=0
while name="SPARK_JAVA_OPT_$i"; [ -n "${!name+x}" ]; do
  java_options+=("${!name}")
  i=$((i + 1))
done

case "$1" in
  driver)
    shift
    command=("$SPARK_HOME/bin/spark-submit"
      --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS"
      --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS"
      --deploy-mode client "$@")
    ;;
  executor)
    shift
    command=("$JAVA_HOME/bin/java" "${java_options[@]}" -Xms"$SPARK_EXECUTOR_MEMORY" -Xmx"$SPARK_EXECUTOR_MEMORY"
      -cp "$classpath:$SPARK_DIST_CLASSPATH" org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend
      --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES"
      --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP"
      --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME")
    ;;
  *) command=("$@") ;;
esac

exec tini -s -- "${command[@]}"
