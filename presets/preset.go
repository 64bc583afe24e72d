package presets

import (
	"github.com/everframe/everframe/internal/wire"
	"github.com/everframe/everframe/job"
)

// Preset says how one kind of output is made. Source: ET wire, shape Preset.
//
// Every value is the string a client sent; package plan turns them into
// numbers. Members that were not given are empty here and null in JSON.
type Preset struct {
	ID          job.ID      `json:"Id,omitzero"`
	ARN         string      `json:"Arn,omitzero"`
	Name        string      `json:"Name,omitzero" shape:"Name,required"`
	Description string      `json:"Description,omitzero" shape:"Description"`
	Container   string      `json:"Container,omitzero" shape:"PresetContainer,required"`
	Audio       *Audio      `json:"Audio,omitzero"`      // nil is no audio
	Video       *Video      `json:"Video,omitzero"`      // nil is no video
	Thumbnails  *Thumbnails `json:"Thumbnails,omitzero"` // used only with Video
	Type        string      `json:"Type,omitzero"`
}

// The values of Preset.Type.
const (
	TypeSystem = "System" // built in
	TypeCustom = "Custom" // a customer's own
)

// Video is the picture of a preset.
//
// Resolution with AspectRatio is the older way to give the size; the newer is
// MaxWidth, MaxHeight, SizingPolicy, PaddingPolicy and DisplayAspectRatio. A
// real system preset has both an AspectRatio and the newer members.
type Video struct {
	Codec              string            `json:"Codec,omitzero" shape:"VideoCodec"`
	CodecOptions       map[string]string `json:"CodecOptions,omitzero" shape:"CodecOption,max=30"`   // nil is refused by CreatePreset, empty is not
	KeyframesMaxDist   string            `json:"KeyframesMaxDist,omitzero" shape:"KeyframesMaxDist"` // frames
	FixedGOP           string            `json:"FixedGOP,omitzero" shape:"FixedGOP"`
	BitRate            string            `json:"BitRate,omitzero" shape:"VideoBitRate"` // kbit/s, or auto
	FrameRate          string            `json:"FrameRate,omitzero" shape:"FrameRate"`
	MaxFrameRate       string            `json:"MaxFrameRate,omitzero" shape:"MaxFrameRate"` // only with FrameRate auto; empty is 30
	Resolution         string            `json:"Resolution,omitzero" shape:"Resolution"`
	AspectRatio        string            `json:"AspectRatio,omitzero" shape:"AspectRatio"`
	MaxWidth           string            `json:"MaxWidth,omitzero" shape:"DigitsOrAuto"`  // pixels; auto is 1920
	MaxHeight          string            `json:"MaxHeight,omitzero" shape:"DigitsOrAuto"` // pixels; auto is 1080
	DisplayAspectRatio string            `json:"DisplayAspectRatio,omitzero" shape:"AspectRatio"`
	SizingPolicy       string            `json:"SizingPolicy,omitzero" shape:"SizingPolicy"`
	PaddingPolicy      string            `json:"PaddingPolicy,omitzero" shape:"PaddingPolicy"`
	Watermarks         []Watermark       `json:"Watermarks,omitzero" shape:"max=4" wire:"list"`
}

// Watermark says where a picture is painted; a job names it by ID and brings
// the picture. Sizes and offsets are "12px" or "7.5%" of the Target.
type Watermark struct {
	ID               string `json:"Id,omitzero" shape:"PresetWatermarkId"`
	MaxWidth         string `json:"MaxWidth,omitzero" shape:"PixelsOrPercent"`
	MaxHeight        string `json:"MaxHeight,omitzero" shape:"PixelsOrPercent"`
	SizingPolicy     string `json:"SizingPolicy,omitzero" shape:"WatermarkSizingPolicy"`
	HorizontalAlign  string `json:"HorizontalAlign,omitzero" shape:"HorizontalAlign"`
	HorizontalOffset string `json:"HorizontalOffset,omitzero" shape:"PixelsOrPercent"`
	VerticalAlign    string `json:"VerticalAlign,omitzero" shape:"VerticalAlign"`
	VerticalOffset   string `json:"VerticalOffset,omitzero" shape:"PixelsOrPercent"`
	Opacity          string `json:"Opacity,omitzero" shape:"Opacity"` // percent, 0 to 100
	Target           string `json:"Target,omitzero" shape:"Target"`   // Content is the picture without bars, Frame is with them
}

// Audio is the sound of a preset.
type Audio struct {
	Codec            string             `json:"Codec,omitzero" shape:"AudioCodec"`
	SampleRate       string             `json:"SampleRate,omitzero" shape:"AudioSampleRate"` // Hz, or auto
	BitRate          string             `json:"BitRate,omitzero" shape:"AudioBitRate"`       // kbit/s
	Channels         string             `json:"Channels,omitzero" shape:"AudioChannels"`     // "0" is no audio
	AudioPackingMode string             `json:"AudioPackingMode,omitzero" shape:"AudioPackingMode"`
	CodecOptions     *AudioCodecOptions `json:"CodecOptions,omitzero"`
}

// AudioCodecOptions holds Profile for AAC, BitDepth for flac, and the last
// three for pcm.
type AudioCodecOptions struct {
	Profile  string `json:"Profile,omitzero" shape:"AudioCodecProfile"`
	BitDepth string `json:"BitDepth,omitzero" shape:"AudioBitDepth"`
	BitOrder string `json:"BitOrder,omitzero" shape:"AudioBitOrder"`
	Signed   string `json:"Signed,omitzero" shape:"AudioSigned"`
}

// Thumbnails says which stills are taken of an output's picture.
type Thumbnails struct {
	Format        string `json:"Format,omitzero" shape:"JpgOrPng"`
	Interval      string `json:"Interval,omitzero" shape:"Digits"` // seconds
	Resolution    string `json:"Resolution,omitzero" shape:"ThumbnailResolution"`
	AspectRatio   string `json:"AspectRatio,omitzero" shape:"AspectRatio"`
	MaxWidth      string `json:"MaxWidth,omitzero" shape:"DigitsOrAuto"`  // pixels; auto is 1920
	MaxHeight     string `json:"MaxHeight,omitzero" shape:"DigitsOrAuto"` // pixels; auto is 1080
	SizingPolicy  string `json:"SizingPolicy,omitzero" shape:"SizingPolicy"`
	PaddingPolicy string `json:"PaddingPolicy,omitzero" shape:"PaddingPolicy"`
}

// WithARN returns p as the account sees it. The system presets belong to
// whoever asks: their ARNs name the caller's account and region.
func (p Preset) WithARN(a job.Account) Preset {
	p.ARN = a.ARN(job.KindPreset, p.ID)
	return p
}

// MarshalJSON prints p as the API does: unset members are null, Watermarks is
// never null.
func (p Preset) MarshalJSON() ([]byte, error) {
	type record Preset // without this method
	return wire.Marshal(record(p))
}
