#!/bin/sh
# Creates or updates the two schemas of the Temporal server in PostgreSQL.
# Safe to run again: a database that is up to date is left as it is.
# Needs SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, and two existing databases.
# SQL_TOOL names the tool when it is not `temporal-sql-tool` on PATH.
set -eu

: "${SQL_HOST:?the host of PostgreSQL}" "${SQL_USER:?the role that owns the databases}"
: "${SQL_PASSWORD:?the password of that role}" "${SQL_PORT:=5432}"
export SQL_HOST SQL_PORT SQL_USER SQL_PASSWORD
export SQL_PLUGIN=postgres12_pgx

sql_tool=${SQL_TOOL:-temporal-sql-tool}

# database, name of the schema inside the tool
bring_up_to_date() {
    echo "schema $2 in database $1"
    "$sql_tool" --database "$1" setup-schema --version 0.0
    "$sql_tool" --database "$1" update-schema --schema-name "$2"
}

bring_up_to_date "${TEMPORAL_DATABASE:-temporal}" postgresql/v12/temporal
bring_up_to_date "${TEMPORAL_VISIBILITY_DATABASE:-temporal_visibility}" \
    postgresql/v12/visibility
