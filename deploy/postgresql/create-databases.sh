#!/bin/sh
# Makes the roles and databases of Temporal and Orderwright in one PostgreSQL.
# Safe to run again: what exists is kept, and the passwords are set as given.
# Connects by the PG* variables of libpq, as a role that may create others.
set -eu

: "${TEMPORAL_DB_PASSWORD:?the password of the role temporal}"
: "${ORDERWRIGHT_DB_PASSWORD:?the password of the role orderwright}"
export TEMPORAL_DB_PASSWORD ORDERWRIGHT_DB_PASSWORD

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "${PGDATABASE:-postgres}" <<'SQL'
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv orderwright_password ORDERWRIGHT_DB_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['temporal', 'orderwright']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE orderwright PASSWORD :'orderwright_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES
    ('temporal', 'temporal'),
    ('temporal_visibility', 'temporal'),
    ('orderwright', 'orderwright')
) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', name)
FROM unnest(ARRAY['temporal', 'temporal_visibility', 'orderwright']) AS name \gexec
SQL
echo "roles and databases are there"
