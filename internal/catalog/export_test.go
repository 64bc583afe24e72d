package catalog

// Queries are all queries as SQLite runs them, for a test that asks for their
// plans.
func Queries() []string {
	var out []string
	for _, q := range queries() {
		out = append(out, sqliteDialect.rebind(q))
	}
	return out
}
