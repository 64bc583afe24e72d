#!/bin/sh
# Waits for Temporal and creates the namespace unless it is there. Search
# attributes are added by the programs that need them.
set -eu

tries=60
until temporal operator cluster health >/dev/null 2>&1; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || { echo "Temporal at $TEMPORAL_ADDRESS does not answer"; exit 1; }
	sleep 1
done
if temporal operator namespace describe -n "$NAMESPACE" >/dev/null 2>&1; then
	echo "==> namespace $NAMESPACE is there"
else
	temporal operator namespace create -n "$NAMESPACE" --retention "$RETENTION"
fi
