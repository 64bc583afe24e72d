package job

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/everframe/everframe/internal/wire"
)

// Job is the record of one job: what the API returns, what is stored, and the
// result of the Transcode workflow. Source: ET wire, shape Job.
//
// Its JSON is ET's: unset members are null, Watermarks and Playlists are never
// null, and the first input and output are repeated as Input and Output. It
// decodes to an equal value.
type Job struct {
	ID              ID                `json:"Id"`
	ARN             string            `json:"Arn"`
	PipelineID      ID                `json:"PipelineId"`
	Inputs          []InputRecord     `json:"Inputs"`
	Outputs         []OutputRecord    `json:"Outputs"`
	OutputKeyPrefix string            `json:"OutputKeyPrefix"`
	Playlists       []PlaylistRecord  `json:"Playlists" wire:"list"`
	UserMetadata    map[string]string `json:"UserMetadata"`
	Status          Status            `json:"Status"`
	Timing          Timing            `json:"Timing"`
	Progress        *Progress         `json:"Progress" wire:"omit"`
}

// Timing holds the moments of a job in milliseconds since 1970; zero is not
// yet. A job canceled before it began has no StartTimeMillis.
type Timing struct {
	SubmitTimeMillis int64 `json:"SubmitTimeMillis"`
	StartTimeMillis  int64 `json:"StartTimeMillis"`
	FinishTimeMillis int64 `json:"FinishTimeMillis"`
}

// InputRecord is an [Input] and what probing found in it.
type InputRecord struct {
	Input
	DetectedProperties *DetectedProperties `json:"DetectedProperties"`
}

// OutputRecord is an [Output] and what has come of it. Zero numbers are not
// known yet, or do not apply (audio has no width).
type OutputRecord struct {
	ID string `json:"Id"` // "1", "2", … in the order of the request
	Output
	Status Status `json:"Status"`

	// StatusDetail is "<code> <uuid>: <sentence>" for an error, plain sentences
	// joined by one space for the warnings of a complete output, else empty.
	StatusDetail                string    `json:"StatusDetail"`
	Duration                    int64     `json:"Duration"`       // seconds, rounded up
	DurationMillis              int64     `json:"DurationMillis"` // milliseconds
	Width                       int64     `json:"Width"`          // pixels, bars included
	Height                      int64     `json:"Height"`         // pixels, bars included
	FrameRate                   string    `json:"FrameRate"`      // frames a second with as few decimals as needed: "25", "29.97"
	FileSize                    int64     `json:"FileSize"`       // bytes, all segments together
	AppliedColorSpaceConversion string    `json:"AppliedColorSpaceConversion"`
	Progress                    *Progress `json:"Progress" wire:"omit"`
}

// PlaylistRecord is a [Playlist] and what has come of it.
type PlaylistRecord struct {
	Playlist
	Status       Status `json:"Status"`
	StatusDetail string `json:"StatusDetail"`
}

// Progress says how far a job or an output has come. Ours, not ET's: absent
// from the JSON when nil.
type Progress struct {
	FramesDone  int64  `json:"FramesDone" wire:"zero"`
	FramesTotal int64  `json:"FramesTotal" wire:"zero"` // 0 while it is not known
	Stage       string `json:"Stage" wire:"zero"`       // what is being done, in one word for people to read
}

// New returns the record of a job just accepted: Submitted, with its outputs
// numbered. The request must be valid. Nothing in the record shares memory
// with req. submittedMillis is in milliseconds since 1970.
func New(id ID, req Request, account Account, submittedMillis int64) Job {
	j := Job{
		ID:              id,
		ARN:             account.ARN(KindJob, id),
		PipelineID:      req.PipelineID,
		OutputKeyPrefix: req.OutputKeyPrefix,
		Playlists:       []PlaylistRecord{},
		Status:          Submitted,
		Timing:          Timing{SubmitTimeMillis: submittedMillis},
	}
	req = req.clone()
	j.UserMetadata = req.UserMetadata
	for _, in := range req.AllInputs() {
		j.Inputs = append(j.Inputs, InputRecord{Input: in})
	}
	for i, out := range req.AllOutputs() {
		out.SegmentDuration = echoFloat(out.SegmentDuration)
		if out.Watermarks == nil {
			out.Watermarks = []Watermark{}
		}
		j.Outputs = append(j.Outputs, OutputRecord{ID: strconv.Itoa(i + 1), Output: out, Status: Submitted})
	}
	for _, p := range req.Playlists {
		j.Playlists = append(j.Playlists, PlaylistRecord{Playlist: p, Status: Submitted})
	}
	return j
}

// Output returns the output of j with that id, or nil.
func (j *Job) Output(id string) *OutputRecord {
	i := slices.IndexFunc(j.Outputs, func(o OutputRecord) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return &j.Outputs[i]
}

// MarshalJSON prints j as the API does.
func (j Job) MarshalJSON() ([]byte, error) {
	type record Job // without this method
	v := struct {
		record
		Input  *InputRecord  `json:"Input"`
		Output *OutputRecord `json:"Output"`
	}{record: record(j)}
	if len(j.Inputs) > 0 {
		v.Input = &j.Inputs[0]
	}
	if len(j.Outputs) > 0 {
		v.Output = &j.Outputs[0]
	}
	return wire.Marshal(v)
}

// clone returns a deep copy of r.
func (r Request) clone() (c Request) {
	b, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil { // only strings, lists and maps: neither step can fail
		panic(err)
	}
	return c
}
