#!/bin/sh
# Makes the cluster at the first start, then becomes the server that the command names.
set -eu
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  # shellcheck disable=SC2086
  initdb -D "$data" -U "$POSTGRES_USER" --pwfile=/tmp/password $POSTGRES_INITDB_ARGS
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  echo 'host replication all all scram-sha-256' >> "$data/pg_hba.conf"
fi
exec "$@" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
