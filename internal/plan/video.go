package plan

import (
	"strconv"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/presets"
)

// defaultQuality is the x264 CRF that stands for BitRate "auto".
// Inferred: ET calls it quality-based and gives no figure; 23 is the encoder's
// own notion of good.
const defaultQuality = 23

// defaultReferences stands for a preset that does not say: what all but one
// system preset of H.264 have, and x264's own choice at this effort.
const defaultReferences = 3

// effort is the encoder's speed preset: "medium" is where x264's gain per CPU
// second flattens.
const effort = "medium"

// rendition turns a preset's video settings into the picture to encode.
// It reports fault.Unsupported for what this version cannot encode.
func rendition(v presets.Video, turn string, src media.VideoStream) (Rendition, error) {
	if err := encodable(v); err != nil {
		return Rendition{}, err
	}
	n := numbers{}
	r := Rendition{
		Codec:       media.H264,
		Profile:     v.CodecOptions["Profile"],
		Level:       v.CodecOptions["Level"],
		References:  int(n.orAuto("MaxReferenceFrames", v.CodecOptions["MaxReferenceFrames"], defaultReferences)),
		BFrames:     2,
		GOP:         int(n.optional("KeyframesMaxDist", v.KeyframesMaxDist)),
		FixedGOP:    v.FixedGOP == "true",
		MaxBitRate:  media.Kbps(n.optional("MaxBitRate", v.CodecOptions["MaxBitRate"])),
		BufferBits:  1000 * n.optional("BufferSize", v.CodecOptions["BufferSize"]),
		Effort:      effort,
		PixelFormat: "yuv420p",
	}
	if v.BitRate == "auto" || v.BitRate == "" {
		r.Quality = defaultQuality
	} else {
		r.BitRate = media.Kbps(n.optional("BitRate", v.BitRate))
	}
	if n.err != nil {
		return Rendition{}, n.err
	}
	if r.GOP == 0 {
		r.GOP = 90 // what every system preset of a file says
	}
	switch {
	case r.MaxBitRate == 0:
		r.BufferBits = 0 // a size of nothing
	case r.BufferBits == 0:
		r.BufferBits = 10 * int64(r.MaxBitRate) // ET guide, Video:CodecOptions:BufferSize
	}

	r.Turn = extraTurn(turn, src.Rotation)
	width, height := src.DisplaySize()
	if r.Turn%180 != 0 {
		width, height = height, width
	}
	picture, err := videoPicture(v, width, height)
	if err != nil {
		return Rendition{}, err
	}
	r.Picture = picture
	r.limitToLevel()
	return r, nil
}

// videoPicture fits a picture of that display size into a preset's frame.
//
// DisplayAspectRatio is only written into the file. AspectRatio beside a
// Resolution says how wide the frame is shown: its pixels need not be square,
// and bars fill what the picture leaves of it. AspectRatio "auto" there means
// square pixels (Inferred), and beside MaxWidth it means nothing.
// Source: ET guide, "Preset Settings".
func videoPicture(v presets.Video, width, height media.Rational) (Picture, error) {
	sizing, err := sizingOf(v.Resolution, v.MaxWidth, v.MaxHeight, v.SizingPolicy, v.PaddingPolicy, width, height)
	if err != nil {
		return Picture{}, err
	}
	field, ratio := "DisplayAspectRatio", v.DisplayAspectRatio
	if v.Resolution != "" {
		field, ratio = "AspectRatio", v.AspectRatio
	}
	if !set(ratio) {
		return sizing.Fit(width, height)
	}
	aspect, err := media.ParseRational(ratio)
	if err != nil || aspect.Sign() <= 0 {
		return Picture{}, invalid(field, ratio)
	}
	if v.Resolution != "" {
		// Counted in the frame's own pixels, which are so many times as wide as high.
		pixel := aspect.Mul(media.NewRational(int64(sizing.Box.Height), int64(sizing.Box.Width)))
		width = width.Div(pixel)
		sizing.Policy, sizing.Pad = "Fit", true
	}
	p, err := sizing.Fit(width, height)
	p.Aspect = aspect
	return p, err
}

// encodable refuses what this version cannot encode yet, so that no job ends
// with something else than it asked for.
func encodable(v presets.Video) error {
	if v.Codec != "H.264" {
		return unsupported("video codec '%s'", v.Codec)
	}
	if m := v.CodecOptions["InterlacedMode"]; m != "" && m != "Progressive" {
		return unsupported("interlaced video (InterlacedMode '%s')", m)
	}
	if m := v.CodecOptions["ColorSpaceConversionMode"]; m != "" && m != "None" && m != "Auto" {
		return unsupported("colour space conversion '%s'", m)
	}
	return nil
}

// limitToLevel lowers the number of reference frames to what the level's
// decoded picture buffer holds at the frame's real size: x264 only warns.
// One reference frame leaves no room for B-frames to be exact, and the
// baseline profile has none.
func (r *Rendition) limitToLevel() {
	r.References = max(r.References, 1)
	if most, ok := maxReferences(r.Level, r.Picture.Frame); ok {
		r.References = min(r.References, most)
	}
	if r.Profile == "baseline" || r.References == 1 {
		r.BFrames = 0
	}
}

// dpbMacroblocks is the decoded picture buffer of each H.264 level, in
// macroblocks. Source: ITU-T H.264 table A-1.
var dpbMacroblocks = map[string]int{
	"1": 396, "1b": 396, "1.1": 900, "1.2": 2376, "1.3": 2376, "2": 2376, "2.1": 4752, "2.2": 8100,
	"3": 8100, "3.1": 18000, "3.2": 20480, "4": 32768, "4.1": 32768,
}

func maxReferences(level string, frame media.Size) (int, bool) {
	dpb, ok := dpbMacroblocks[level]
	if !ok {
		return 0, false
	}
	blocks := (frame.Width + 15) / 16 * ((frame.Height + 15) / 16)
	return min(max(dpb/blocks, 1), 16), true
}

// extraTurn returns how much further to turn a picture that the decoder has
// already turned by the file's own rotation.
// Source: ET guide, Outputs:Rotate. Empty counts as auto (Inferred).
func extraTurn(wanted string, own int) int {
	degrees, err := strconv.Atoi(wanted)
	if err != nil { // auto
		return 0
	}
	return ((degrees-own)%360 + 360) % 360
}

// autoBox is the box of a preset that says "auto", for video and thumbnails.
// Source: ET guide, Video:MaxWidth.
var autoBox = media.Size{Width: 1920, Height: 1080}

// sizingOf reads both ways of asking for a size. The old one, Resolution with
// AspectRatio, means exactly that frame, with bars where the ratios differ;
// "auto" is the source's own size.
// Source: ET guide, "Preset Settings", Video:Resolution.
func sizingOf(resolution, maxWidth, maxHeight, policy, padding string, width, height media.Rational) (Sizing, error) {
	if resolution == "auto" {
		return Sizing{Box: media.Size{Width: even(width), Height: even(height)}, Policy: "Stretch"}, nil
	}
	if resolution != "" {
		w, h, ok := splitResolution(resolution)
		if !ok {
			return Sizing{}, invalid("Resolution", resolution)
		}
		return Sizing{Box: media.Size{Width: w, Height: h}, Policy: "Fit", Pad: true}, nil
	}
	n := numbers{}
	s := Sizing{
		Box: media.Size{
			Width:  int(n.orAuto("MaxWidth", maxWidth, int64(autoBox.Width))),
			Height: int(n.orAuto("MaxHeight", maxHeight, int64(autoBox.Height))),
		},
		Policy: policy,
		Pad:    padding == "Pad",
	}
	if s.Policy == "" {
		s.Policy = "Fit" // Inferred: Terraform's provider documents it as the default
	}
	return s, n.err
}

func unsupported(format string, args ...any) error {
	return fault.New("plan", fault.Unsupported, fault.UnsupportedFormat,
		"This version of Everframe cannot produce "+format+".", args...)
}
