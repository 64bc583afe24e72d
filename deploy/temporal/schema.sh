#!/bin/sh
# Brings Temporal's databases to the schema of this image's version. Safe to
# run again: existing databases and versions are left or upgraded.
set -eu

for name in temporal visibility; do
	db=temporal
	[ "$name" = temporal ] || db=temporal_visibility
	sql() {
		temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p "$SQL_PORT" -u "$SQL_USER" --pw "$SQL_PASSWORD" --db "$db" "$@"
	}
	echo "==> database $db"
	sql create
	sql setup-schema -v 0.0 # does nothing where a version is recorded
	sql update-schema -d "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
