package job

// Input is one source file of a job. Source: ET wire, shape JobInput.
//
// FrameRate, Resolution, AspectRatio, Interlaced and Container override what
// probing finds; "auto" and the empty string both leave it to probing.
type Input struct {
	Key           string         `json:"Key,omitzero" shape:"LongKey,required"` // in the pipeline's InputBucket; looked up when the job runs
	FrameRate     string         `json:"FrameRate,omitzero" shape:"FrameRate"`  // frames a second, a name of the list, e.g. "29.97"
	Resolution    string         `json:"Resolution,omitzero" shape:"Resolution"`
	AspectRatio   string         `json:"AspectRatio,omitzero" shape:"AspectRatio"` // of the displayed picture
	Interlaced    string         `json:"Interlaced,omitzero" shape:"Interlaced"`
	Container     string         `json:"Container,omitzero" shape:"JobContainer"`
	Encryption    *Encryption    `json:"Encryption,omitzero"`
	TimeSpan      *TimeSpan      `json:"TimeSpan,omitzero"` // nil is the whole file
	InputCaptions *InputCaptions `json:"InputCaptions,omitzero"`
}

// TimeSpan is a clip of an input. Both members are either seconds with up to
// three decimals ("86399.999") or [[HH:]mm:]ss with the same. An empty
// StartTime is 0; an empty Duration, or one past the end, is up to the end.
type TimeSpan struct {
	StartTime string `json:"StartTime,omitzero" shape:"Time"`
	Duration  string `json:"Duration,omitzero" shape:"Time"`
}

// Clip is the older place of a [TimeSpan], in the Composition of an output.
type Clip struct {
	TimeSpan *TimeSpan `json:"TimeSpan,omitzero"`
}

// InputCaptions says where an input's captions come from. A nil
// CaptionSources differs from an empty one only in what is echoed.
type InputCaptions struct {
	MergePolicy    string          `json:"MergePolicy,omitzero" shape:"CaptionMergePolicy"`
	CaptionSources []CaptionSource `json:"CaptionSources,omitzero" shape:"max=20"`
}

// CaptionSource is a captions file beside an input, or, without Key, a
// language the embedded captions have.
type CaptionSource struct {
	Key        string      `json:"Key,omitzero" shape:"LongKey"`           // in the pipeline's InputBucket
	Language   string      `json:"Language,omitzero" shape:"Key"`          // ISO 639 code
	TimeOffset string      `json:"TimeOffset,omitzero" shape:"TimeOffset"` // added to the captions' times; may be negative
	Label      string      `json:"Label,omitzero" shape:"Name"`            // what a player's menu shows
	Encryption *Encryption `json:"Encryption,omitzero"`
}

// DetectedProperties is what probing found in an input. Zero is not known
// yet, or not present (an audio file has no width).
type DetectedProperties struct {
	Width          int64  `json:"Width,omitzero"`          // pixels
	Height         int64  `json:"Height,omitzero"`         // pixels
	FrameRate      string `json:"FrameRate,omitzero"`      // frames a second, e.g. "29.97"
	FileSize       int64  `json:"FileSize,omitzero"`       // bytes
	DurationMillis int64  `json:"DurationMillis,omitzero"` // milliseconds
}
