package catalog_test

import (
	"testing"

	"github.com/everframe/everframe/internal/catalog/catalogtest"
)

func TestSQLite(t *testing.T) { catalogtest.Run(t, catalogtest.SQLite) }

func TestPostgres(t *testing.T) { catalogtest.Run(t, catalogtest.Postgres(t)) }
