package buildinfo_test

import (
	"runtime/debug"
	"testing"

	"github.com/everframe/everframe/internal/buildinfo"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, module, revision, modified, want string
	}{
		{"installed by version", "v1.2.3", "", "", "v1.2.3"},
		{"checkout, clean", "(devel)", "1f0c2d3e4a5b6c7d8e9f", "false", "devel-1f0c2d3e4a5b"},
		{"checkout, changed", "(devel)", "1f0c2d3e4a5b6c7d8e9f", "true", "devel-1f0c2d3e4a5b+dirty"},
		{"checkout, pseudo-version", "v0.0.0-20261121223300-1f0c2d3e4a5b", "1f0c2d3e4a5b6c7d8e9f", "false", "devel-1f0c2d3e4a5b"},
		{"without version control", "", "", "", "devel"},
		{"short revision", "", "1f0c", "", "devel-1f0c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			info := &debug.BuildInfo{Main: debug.Module{Version: tt.module}}
			for k, v := range map[string]string{"vcs.revision": tt.revision, "vcs.modified": tt.modified} {
				if v != "" {
					info.Settings = append(info.Settings, debug.BuildSetting{Key: k, Value: v})
				}
			}
			if got := buildinfo.Describe(info); got != tt.want {
				t.Errorf("Describe = %q, want %q", got, tt.want)
			}
		})
	}
}
