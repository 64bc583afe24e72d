package job

// Output is one file, or one segmented stream, that a job makes.
// Source: ET wire, shape CreateJobOutput.
type Output struct {
	Key      string `json:"Key,omitzero" shape:"Key,required"` // after OutputKeyPrefix
	PresetID ID     `json:"PresetId,omitzero" shape:"Id,required"`

	// ThumbnailPattern is the thumbnails' key after OutputKeyPrefix, with
	// {count} and perhaps {resolution}; the extension is added. Nil and "" are
	// no thumbnails; clients send "" and read it back.
	ThumbnailPattern    *string     `json:"ThumbnailPattern,omitzero" shape:"ThumbnailPattern"`
	ThumbnailEncryption *Encryption `json:"ThumbnailEncryption,omitzero"`

	Rotate          string      `json:"Rotate,omitzero" shape:"Rotate"`                // clockwise degrees, or "auto"; empty is auto (Inferred)
	SegmentDuration string      `json:"SegmentDuration,omitzero" shape:"FloatString"`  // seconds, 1 to 60; for ts and fmp4
	Watermarks      []Watermark `json:"Watermarks,omitzero" shape:"max=4" wire:"list"` // painted in this order
	AlbumArt        *AlbumArt   `json:"AlbumArt,omitzero"`
	Composition     []Clip      `json:"Composition,omitzero" shape:"max=1"` // older form of Input.TimeSpan
	Captions        *Captions   `json:"Captions,omitzero"`
	Encryption      *Encryption `json:"Encryption,omitzero"`
}

// Watermark is a picture painted over an output, placed by the watermark of
// that id in the output's preset.
type Watermark struct {
	PresetWatermarkID string      `json:"PresetWatermarkId,omitzero" shape:"PresetWatermarkId,required"`
	InputKey          string      `json:"InputKey,omitzero" shape:"WatermarkKey,required"` // in the pipeline's InputBucket
	Encryption        *Encryption `json:"Encryption,omitzero"`
}

// AlbumArt says which pictures an audio file carries. An empty Artwork passes
// the input's own through, unless the policy is Replace; a nil one, like a
// nil AlbumArt, carries none.
type AlbumArt struct {
	MergePolicy string    `json:"MergePolicy,omitzero" shape:"MergePolicy"`
	Artwork     []Artwork `json:"Artwork,omitzero" shape:"max=20"`
}

// Artwork is one picture of an [AlbumArt]. Its bars are white.
type Artwork struct {
	InputKey       string      `json:"InputKey,omitzero" shape:"WatermarkKey"`  // in the pipeline's InputBucket
	MaxWidth       string      `json:"MaxWidth,omitzero" shape:"DigitsOrAuto"`  // pixels; auto is 600
	MaxHeight      string      `json:"MaxHeight,omitzero" shape:"DigitsOrAuto"` // pixels; auto is 600
	SizingPolicy   string      `json:"SizingPolicy,omitzero" shape:"SizingPolicy"`
	PaddingPolicy  string      `json:"PaddingPolicy,omitzero" shape:"PaddingPolicy"`
	AlbumArtFormat string      `json:"AlbumArtFormat,omitzero" shape:"JpgOrPng"`
	Encryption     *Encryption `json:"Encryption,omitzero"`
}

// Captions says in which formats an output's captions are written.
// MergePolicy and CaptionSources are the older place of [InputCaptions].
type Captions struct {
	MergePolicy    string          `json:"MergePolicy,omitzero" shape:"CaptionMergePolicy"`
	CaptionSources []CaptionSource `json:"CaptionSources,omitzero" shape:"max=20"`
	CaptionFormats []CaptionFormat `json:"CaptionFormats,omitzero" shape:"max=4"`
}

// CaptionFormat is one format of an output's captions: embedded ("mov-text",
// "cea-708"), or files beside it, whose key after OutputKeyPrefix is Pattern
// with {language} and an extension.
type CaptionFormat struct {
	Format     string      `json:"Format,omitzero" shape:"CaptionFormatFormat"`
	Pattern    string      `json:"Pattern,omitzero" shape:"CaptionFormatPattern"`
	Encryption *Encryption `json:"Encryption,omitzero"`
}

// Encryption says how a file is, or is to be, encrypted. Key is wrapped by
// KMS, never in clear. For an output whose mode is one of the aes-* and that
// gives none of Key, KeyMD5 and InitializationVector, a key is made.
type Encryption struct {
	Mode                 string `json:"Mode,omitzero" shape:"EncryptionMode"`
	Key                  string `json:"Key,omitzero" shape:"Base64EncodedString"`    // base64 of the KMS ciphertext
	KeyMD5               string `json:"KeyMd5,omitzero" shape:"Base64EncodedString"` // base64 of the MD5 of that ciphertext
	InitializationVector string `json:"InitializationVector,omitzero" shape:"ZeroTo255String"`
}
