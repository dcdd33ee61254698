#!/bin/sh
# Makes the namespace and its search attributes. Safe to run again.
# Needs TEMPORAL_ADDRESS; TEMPORAL_CLI names the tool when it is not `temporal` on PATH.
set -eu

: "${TEMPORAL_ADDRESS:?the address of the Temporal frontend, host:port}"
export TEMPORAL_ADDRESS
namespace=${TEMPORAL_NAMESPACE:-orderwright}
retention=${NAMESPACE_RETENTION:-30d}
temporal=${TEMPORAL_CLI:-temporal}
patience=${SERVER_PATIENCE_SECONDS:-120}

# Runs a command every second until it works or patience ends; then says why.
until_it_works() {
    waited=0
    until answer=$("$@" 2>&1); do
        waited=$((waited + 1))
        if [ "$waited" -ge "$patience" ]; then
            echo "gave up after ${patience} s: $*" >&2
            echo "$answer" >&2
            exit 1
        fi
        sleep 1
    done
}

search_attribute() {
    case "$known" in
    *" $1 "*) echo "search attribute $1 exists" ;;
    *)
        until_it_works "$temporal" operator search-attribute create \
            --namespace "$namespace" --name "$1" --type "$2"
        echo "search attribute $1 ($2) created"
        ;;
    esac
}

echo "waiting for the server at $TEMPORAL_ADDRESS"
until_it_works "$temporal" operator cluster health

if "$temporal" operator namespace describe --namespace "$namespace" >/dev/null 2>&1
then
    echo "namespace $namespace exists"
else
    until_it_works "$temporal" operator namespace create \
        --namespace "$namespace" --retention "$retention"
    echo "namespace $namespace created, closed runs kept for $retention"
fi

# A new namespace is known to every part of the server only after some seconds.
until_it_works "$temporal" operator search-attribute list --namespace "$namespace"
known=" $(echo "$answer" | awk '{ print $1 }' | tr '\n' ' ') "

# The same names and types as messages/search_attributes.py: a test compares them.
search_attribute Source Keyword
search_attribute Channel Keyword
search_attribute ServiceLevel Keyword
search_attribute PlacedAt Datetime
search_attribute NeedsAttention Bool
search_attribute AttentionReason Keyword
