package workflows

import "github.com/everframe/everframe/job"

// maxMemoOutputs keeps a memo under the 2 KB beyond which the server warns.
const maxMemoOutputs = 5

// Memo returns what lists of workflows show of a job: its input and outputs.
func Memo(j job.Job) map[string]any {
	var outputs []string
	for i, o := range j.Outputs {
		if i == maxMemoOutputs {
			outputs = append(outputs, "…")
			break
		}
		outputs = append(outputs, j.OutputKeyPrefix+o.Key)
	}
	memo := map[string]any{"outputs": outputs}
	if len(j.Inputs) > 0 {
		memo["input"] = j.Inputs[0].Key
	}
	return memo
}
