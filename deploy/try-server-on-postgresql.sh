#!/usr/bin/env bash
# Does by hand what docker-compose.yml does with containers: PostgreSQL, roles and
# databases, schemas, the Temporal server, namespace and search attributes, each job
# run twice; then kills the server, starts it again and looks whether all is there.
# Everything lives in a temporary directory and is stopped and removed at the end.
#
#     deploy/try-server-on-postgresql.sh [COMMAND ...]
#
# COMMAND, if any, is run against the server (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and
# ORDERWRIGHT_DATABASE_URL are set for it) and its exit code is the script's.
#
# Needs Go (the first build takes minutes), PostgreSQL's programs and curl.
#   POSTGRES_BINDIR  where initdb and pg_ctl are      (default: found by pg_config)
#   POSTGRES_USER    who runs PostgreSQL under root   (default: postgres, else nobody)
#   BASE_PORT        first of 20 free local ports     (default: 17200; below 32748,
#                    because the server stores its ports as two-byte integers)
#   TEMPORAL_CLI     the `temporal` command           (default: on PATH, else built)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/versions.env
source "$here/versions.env"

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() { say "$*" >&2; exit 1; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/orderwright/temporal-server-$TEMPORAL_SERVER_VERSION
port=${BASE_PORT:-17200}
work=$(mktemp -d)
chmod 711 "$work"
server_pid=

as_database_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    database_user=${POSTGRES_USER:-$(id -un postgres 2>/dev/null || echo nobody)}
    as_database_user() { runuser -u "$database_user" -- "$@"; }
fi

find_postgresql() {
    local candidate
    for candidate in "${POSTGRES_BINDIR:-}" "$(pg_config --bindir 2>/dev/null || true)" \
        "$(dirname "$(command -v initdb || echo .)")" /usr/lib/postgresql/*/bin; do
        if [ -x "$candidate/initdb" ]; then echo "$candidate"; return; fi
    done
    fail "no initdb found: install PostgreSQL or set POSTGRES_BINDIR"
}

build() { # name of the binary, Go package
    [ -x "$cache/$1" ] && return
    command -v go >/dev/null || fail "Go is needed to build $1"
    say "building $1 $TEMPORAL_SERVER_VERSION (minutes when the Go cache is cold)"
    mkdir -p "$cache" "$work/build"
    # In a copy: the packages need requirements that the checked-in go.mod leaves out.
    cp "$here"/../tools/temporal/go.{mod,sum} "$work/build"
    (cd "$work/build" && go build -mod=mod -o "$cache/$1" "$2")
}

stop_server() { # signal
    [ -n "$server_pid" ] || return 0
    kill "-$1" "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}

stop_everything() {
    local code=$?
    set +e
    stop_server TERM
    if [ -d "$work/data" ]; then
        as_database_user "$postgresql/pg_ctl" -D "$work/data" -m fast stop >/dev/null
    fi
    [ "$code" = 0 ] || tail -n 20 "$work"/*.log >&2
    rm -rf "$work"
    say "stopped and removed"
    exit "$code"
}

start_server() {
    # The names are those of the server's image: docker-compose.yml uses the same.
    env DB=postgres12_pgx DB_PORT="$port" POSTGRES_SEEDS=127.0.0.1 \
        POSTGRES_USER=temporal POSTGRES_PWD="$TEMPORAL_DB_PASSWORD" \
        DBNAME=temporal VISIBILITY_DBNAME=temporal_visibility \
        NUM_HISTORY_SHARDS=512 BIND_ON_IP=127.0.0.1 LOG_LEVEL=warn \
        TEMPORAL_ALLOW_NO_AUTH=true \
        DYNAMIC_CONFIG_FILE_PATH="$here/temporal/dynamic-config.yaml" \
        PROMETHEUS_ENDPOINT=127.0.0.1:$((port + 12)) \
        FRONTEND_GRPC_PORT=$((port + 1)) FRONTEND_MEMBERSHIP_PORT=$((port + 2)) \
        FRONTEND_HTTP_PORT=$((port + 3)) \
        HISTORY_GRPC_PORT=$((port + 4)) HISTORY_MEMBERSHIP_PORT=$((port + 5)) \
        MATCHING_GRPC_PORT=$((port + 6)) MATCHING_MEMBERSHIP_PORT=$((port + 7)) \
        WORKER_GRPC_PORT=$((port + 8)) WORKER_MEMBERSHIP_PORT=$((port + 9)) \
        "$cache/temporal-server" start >>"$work/server.log" 2>&1 &
    server_pid=$!
}

# The SQL tool tells every statement in colour: keep the outcome.
terse() {
    sed -E -e '/DEBUG.*(CREATE|ALTER|INSERT|DROP|DO |----|Dirs|Setting up|updated)/d' \
        -e '/Processing schema file/d' \
        -e $'s/\033\\[[0-9]+m//g; s/\t\\{.*//; s/^[0-9T:.-]+Z\t(INFO|DEBUG)\t//; s/^/    /'
}

twice() { # what it is, command
    local what=$1
    shift
    say "$what"
    "$@" 2>&1 | terse
    say "$what, again"
    "$@" 2>&1 | terse
}

postgresql=$(find_postgresql)
build temporal-server go.temporal.io/server/cmd/server
build temporal-sql-tool go.temporal.io/server/cmd/tools/sql
if [ -z "${TEMPORAL_CLI:-}" ]; then
    TEMPORAL_CLI=$(command -v temporal || true)
fi
if [ -z "$TEMPORAL_CLI" ]; then
    build temporal github.com/temporalio/cli/cmd/temporal
    TEMPORAL_CLI=$cache/temporal
fi
export TEMPORAL_CLI
trap stop_everything EXIT

say "PostgreSQL: $("$postgresql/postgres" --version)"
as_database_user true || fail "cannot act as $database_user"
install -d -m 700 "$work/data"
[ "$(id -u)" != 0 ] || chown "$database_user" "$work/data"
superuser_password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$superuser_password" >"$work/password"
chmod 644 "$work/password" # read by initdb as another user, for a second
as_database_user "$postgresql/initdb" -D "$work/data" -U postgres --auth=scram-sha-256 \
    --pwfile="$work/password" >/dev/null
rm "$work/password"
as_database_user "$postgresql/pg_ctl" -D "$work/data" -w -l "$work/data/postgresql.log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" \
    start >/dev/null

TEMPORAL_DB_PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
ORDERWRIGHT_DB_PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
export TEMPORAL_DB_PASSWORD ORDERWRIGHT_DB_PASSWORD
twice "roles and databases" env PATH="$postgresql:$PATH" PGHOST=127.0.0.1 PGPORT="$port" \
    PGUSER=postgres PGPASSWORD="$superuser_password" "$here/postgresql/create-databases.sh"
twice "schemas" env SQL_TOOL="$cache/temporal-sql-tool" SQL_HOST=127.0.0.1 SQL_PORT="$port" \
    SQL_USER=temporal SQL_PASSWORD="$TEMPORAL_DB_PASSWORD" "$here/temporal/schema.sh"

export SERVER_PATIENCE_SECONDS=60
export TEMPORAL_ADDRESS=127.0.0.1:$((port + 1)) TEMPORAL_NAMESPACE=orderwright
export ORDERWRIGHT_DATABASE_URL="postgresql://orderwright:$ORDERWRIGHT_DB_PASSWORD@127.0.0.1:$port/orderwright"
say "server $("$cache/temporal-server" --version) at $TEMPORAL_ADDRESS"
start_server
twice "namespace and search attributes" "$here/temporal/init.sh"

say "kill -9 of the server, then a new start on the same database"
stop_server KILL
start_server
"$here/temporal/init.sh" 2>&1 | terse
say "health: $("$TEMPORAL_CLI" operator cluster health)"
say "metrics: $(curl -fsS "http://127.0.0.1:$((port + 12))/metrics" | grep -c '^[a-z]') figures"

if [ $# -gt 0 ]; then
    say "running: $*"
    "$@"
fi
say "done: everything compose would start has been started"
