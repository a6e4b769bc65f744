#!/bin/sh
# KAFKA_PROCESS_ROLES becomes process.roles, and so on; the storage is made at the first start.
set -eu
env | grep '^KAFKA_' | grep -v '^KAFKA_HEAP_OPTS=' | while IFS='=' read -r name value; do
  echo "$(echo "${name#KAFKA_}" | tr 'A-Z_' 'a-z.')=$value"
done > /tmp/server.properties
run() { exec java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*' "$@"; }
[ -e "$KAFKA_LOG_DIRS/meta.properties" ] ||
  (run kafka.tools.StorageTool format -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'xy' | cut -c 1-22)" -c /tmp/server.properties)
run kafka.Kafka /tmp/server.properties
