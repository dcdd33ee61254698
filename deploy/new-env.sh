#!/bin/sh
# Prints a .env for docker-compose.yml with fresh random secrets:
#     (umask 077; deploy/new-env.sh > .env)
set -eu

example=$(dirname "$0")/../.env.example

secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

while IFS= read -r line; do
    case $line in
    *=change-me) printf '%s%s\n' "${line%change-me}" "$(secret)" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$example"
