package job

// Request is what CreateJob is asked, and the input of the Transcode
// workflow. Source: ET wire, shape CreateJobRequest.
//
// Either Input or Inputs is given, and either Output or Outputs; the singular
// forms are the older ones. [Request.AllInputs] and [Request.AllOutputs] hide
// the difference.
type Request struct {
	PipelineID      ID                `json:"PipelineId,omitzero" shape:"Id,required"`
	Input           *Input            `json:"Input,omitzero"`
	Inputs          []Input           `json:"Inputs,omitzero" shape:"max=200"` // stitched in this order
	Output          *Output           `json:"Output,omitzero"`
	Outputs         []Output          `json:"Outputs,omitzero" shape:"max=30"`
	OutputKeyPrefix string            `json:"OutputKeyPrefix,omitzero" shape:"Key"` // put before every key as it is, with no separator
	Playlists       []Playlist        `json:"Playlists,omitzero" shape:"max=30"`
	UserMetadata    map[string]string `json:"UserMetadata,omitzero"` // returned with the job and its notifications

	// ClientRequestToken makes a submission safe to repeat: a second request
	// of one pipeline with the same token returns the first one's job. Ours,
	// not ET's.
	ClientRequestToken string `json:"ClientRequestToken,omitzero" shape:"ClientRequestToken"`
}

// AllInputs returns Inputs, or the single Input as a list of one.
func (r Request) AllInputs() []Input {
	if len(r.Inputs) == 0 && r.Input != nil {
		return []Input{*r.Input}
	}
	return r.Inputs
}

// AllOutputs returns Outputs, or the single Output as a list of one.
func (r Request) AllOutputs() []Output {
	if len(r.Outputs) == 0 && r.Output != nil {
		return []Output{*r.Output}
	}
	return r.Outputs
}
