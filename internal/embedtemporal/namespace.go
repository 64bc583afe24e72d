package embedtemporal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	persistencespb "go.temporal.io/server/api/persistence/v1"
	"go.temporal.io/server/common/persistence/serialization"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/common/searchattribute/sadefs"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/everframe/everframe/internal/fault"
)

// namespacePartition is the value Temporal's SQL store writes for all rows.
const namespacePartition = 54321

// ensureNamespace creates the namespace, or adds to it the search attributes
// it lacks. It writes the rows the server would write itself; doing so through
// a running server would take a second or two of cache refreshes, during which
// a worker that starts at once is told the namespace does not exist.
func ensureNamespace(ctx context.Context, db *sql.DB, o Options) error {
	const op = "embedtemporal.Start"
	ns, found, err := readNamespace(ctx, db, o.Namespace)
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	if !found {
		nc, err := sqliteschema.NewNamespaceConfig(clusterName, o.Namespace, false, nil)
		if err != nil {
			return fault.Wrap(err, op, fault.Internal)
		}
		ns = nc.Detail
		ns.Config.Retention = durationpb.New(o.Retention)
	}
	added, err := addSearchAttributes(ns.Config, o.SearchAttributes)
	if err != nil {
		return err
	}
	if found && !added {
		return nil
	}
	return fault.Wrap(writeNamespace(ctx, db, ns), op, fault.Internal)
}

func readNamespace(ctx context.Context, db *sql.DB, name string) (_ *persistencespb.NamespaceDetail, found bool, _ error) {
	var blob commonpb.DataBlob
	var encoding string
	err := db.QueryRowContext(ctx, "SELECT data, data_encoding FROM namespaces WHERE partition_id = ? AND name = ?",
		namespacePartition, name).Scan(&blob.Data, &encoding)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if blob.EncodingType, err = enums.EncodingTypeFromString(encoding); err != nil {
		return nil, false, err
	}
	ns, err := serialization.NewSerializer().NamespaceDetailFromBlob(&blob)
	return ns, err == nil, err
}

func writeNamespace(ctx context.Context, db *sql.DB, ns *persistencespb.NamespaceDetail) error {
	blob, err := serialization.NewSerializer().NamespaceDetailToBlob(ns)
	if err != nil {
		return err
	}
	id, err := primitives.ParseUUID(ns.GetInfo().GetId())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `
		INSERT INTO namespaces (partition_id, id, name, is_global, data, data_encoding, notification_version)
		VALUES (?, ?, ?, 0, ?, ?, 0)
		ON CONFLICT (partition_id, id) DO UPDATE SET data = excluded.data, data_encoding = excluded.data_encoding`,
		namespacePartition, []byte(id), ns.GetInfo().GetName(), blob.GetData(), blob.GetEncodingType().String())
	return err
}

// addSearchAttributes gives each wanted attribute one of the columns that SQL
// visibility keeps for its type (ten keywords, three of most others). It
// reports Conflict if a name is in use with another type, and Limited if no
// column is left.
func addSearchAttributes(ns *persistencespb.NamespaceConfig, wanted map[string]enums.IndexedValueType) (added bool, _ error) {
	const op = "embedtemporal.Start"
	if ns.CustomSearchAttributeAliases == nil {
		ns.CustomSearchAttributeAliases = map[string]string{}
	}
	taken := ns.CustomSearchAttributeAliases // column → name
	columns := sadefs.GetDBIndexSearchAttributes(nil).GetCustomSearchAttributes()
	byName := make(map[string]string, len(taken))
	for column, name := range taken {
		byName[name] = column
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if column, ok := byName[name]; ok {
			if have := columns[column]; have != wanted[name] {
				return false, fault.New(op, fault.Conflict, 0,
					"search attribute %s exists as %v, not as %v; rename or remove it with the Temporal CLI", name, have, wanted[name])
			}
			continue
		}
		column, err := freeColumn(columns, taken, wanted[name])
		if err != nil {
			return false, fault.New(op, fault.Limited, 0, "search attribute %s cannot be added", name).Because(err)
		}
		taken[column], added = name, true
	}
	return added, nil
}

func freeColumn(columns map[string]enums.IndexedValueType, taken map[string]string, kind enums.IndexedValueType) (string, error) {
	for _, column := range slices.Sorted(maps.Keys(columns)) {
		if _, used := taken[column]; !used && columns[column] == kind {
			return column, nil
		}
	}
	return "", fmt.Errorf("all columns of type %v are in use", kind)
}
