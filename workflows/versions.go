package workflows

import "go.temporal.io/sdk/workflow"

// One version number per workflow, read once at its start. A change that older
// histories would not replay gets the next number, a dated line here, a branch
// with since, and recorded histories in testdata/history.
const (
	// Transcode and Encode:
	// 1 2026-11-21: first.
	transcodeVersion = 1
	encodeVersion    = 1
)

func versionOf(ctx workflow.Context, name string, current workflow.Version) workflow.Version {
	return workflow.GetVersion(ctx, name, 1, current)
}
