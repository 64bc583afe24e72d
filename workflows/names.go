package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/job"
)

// The names below are an interface: command lines, dashboards and recorded
// histories use them.
const (
	TranscodeName = "Transcode"
	EncodeName    = "Encode"
	AdmissionName = "Admission"

	// TaskQueue has the workflows and the light steps.
	TaskQueue = "everframe"
	// EncodeQueue has the steps that run encoders.
	EncodeQueue = "everframe-encode"
	// AdmissionQueue has the workflow that admits jobs, apart from the jobs
	// themselves: with thousands of them waiting to be worked on it must not
	// stand in their line.
	AdmissionQueue = "everframe-admission"

	// AdmitSignal lets a waiting job begin. It has no payload.
	AdmitSignal = "admit"
	// CancelSignal cancels a job, waiting or running. It has no payload.
	CancelSignal = "cancel"
	// updateSignal carries an Update from Encode to its parent.
	updateSignal = "update"

	// StatusQuery returns the job.Job as it stands, with progress to a tenth of
	// each group of outputs.
	StatusQuery = "status"
	// PlanQuery returns the plan.Plan, or null before there is one.
	PlanQuery = "plan"
	// CommandsQuery returns the command lines that ran, as []string.
	CommandsQuery = "commands"
	// ProgressQuery, of Encode alone, returns an Update: progress to the chunk.
	ProgressQuery = "progress"
)

// The search attributes of a Transcode workflow, for list filters such as
// EverframeStatus = "Error".
var (
	PipelineAttribute = temporal.NewSearchAttributeKeyKeyword("EverframePipeline")
	StatusAttribute   = temporal.NewSearchAttributeKeyKeyword("EverframeStatus")
	PresetsAttribute  = temporal.NewSearchAttributeKeyKeywordList("EverframePresets")
)

// EncodeID returns the workflow id of a job's child for a group of the plan.
func EncodeID(workflowID, group string) string { return fmt.Sprintf("%s/encode-%s", workflowID, group) }

// presetsOf returns the presets of a request, each once, in order.
func presetsOf(req job.Request) []string {
	var ids []string
	seen := map[job.ID]bool{}
	for _, o := range req.AllOutputs() {
		if !seen[o.PresetID] {
			seen[o.PresetID] = true
			ids = append(ids, string(o.PresetID))
		}
	}
	return ids
}
