//go:build warm

package everframe

import (
	_ "github.com/Eyevinn/hls-m3u8/m3u8"
	_ "github.com/Eyevinn/mp4ff/mp4"
	_ "github.com/alecthomas/kong"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/oklog/run"
	_ "github.com/pressly/goose/v3"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/temporalio/ui-server/v2/server"
	_ "github.com/vbauerster/mpb/v8"
	_ "go.temporal.io/sdk/client"
	_ "go.temporal.io/sdk/contrib/envconfig"
	_ "go.temporal.io/server/temporal"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	_ "go.temporal.io/server/schema/sqlite"
	_ "golang.org/x/term"
	_ "modernc.org/sqlite"
)
