package wire

import "regexp"

// shape is a constraint on one string: a pattern, bounds of its length, or
// both. A zero max is no bound.
type shape struct {
	min, max int
	pattern  string         // as the API prints it
	match    *regexp.Regexp // nil admits anything
}

func length(minimum, maximum int) shape { return shape{min: minimum, max: maximum} }

func pattern(p string) shape { return shape{pattern: p, match: regexp.MustCompile(p)} }

// shapes is the API's own table of constraints, by the names of its model.
// The patterns are verbatim, unescaped dots included, since they are part of
// the texts that clients read. Source: ET's published service model, version
// 2012-09-25; ClientRequestToken is ours.
var shapes = map[string]shape{
	"Id":                          pattern(`^\d{13}-\w{6}$`),
	"Name":                        length(1, 40),
	"Description":                 length(0, 255),
	"Key":                         length(1, 255),
	"LongKey":                     length(1, 1024),
	"WatermarkKey":                watermarkKey,
	"Filename":                    length(1, 255),
	"ClientRequestToken":          pattern(`^[!-~]{1,64}$`),
	"BucketName":                  pattern(`^(\w|\.|-){1,255}$`),
	"KeyArn":                      length(0, 255),
	"SnsTopic":                    pattern(`(^$)|(^arn:aws:sns:.*:\w{12}:.+$)`),
	"StorageClass":                pattern(`(^ReducedRedundancy$)|(^Standard$)`),
	"GranteeType":                 pattern(`(^Canonical$)|(^Email$)|(^Group$)`),
	"Grantee":                     length(1, 255),
	"AccessControl":               pattern(`(^FullControl$)|(^Read$)|(^ReadAcp$)|(^WriteAcp$)`),
	"PipelineStatus":              pattern(`(^Active$)|(^Paused$)`),
	"JobStatus":                   pattern(`(^Submitted$)|(^Progressing$)|(^Complete$)|(^Canceled$)|(^Error$)`),
	"Ascending":                   pattern(`(^true$)|(^false$)`),
	"PresetContainer":             pattern(`(^mp4$)|(^ts$)|(^webm$)|(^mp3$)|(^flac$)|(^oga$)|(^ogg$)|(^fmp4$)|(^mpg$)|(^flv$)|(^gif$)|(^mxf$)|(^wav$)|(^mp2$)`),
	"JobContainer":                pattern(`(^auto$)|(^3gp$)|(^asf$)|(^avi$)|(^divx$)|(^flv$)|(^mkv$)|(^mov$)|(^mp4$)|(^mpeg$)|(^mpeg-ps$)|(^mpeg-ts$)|(^mxf$)|(^ogg$)|(^ts$)|(^vob$)|(^wav$)|(^webm$)|(^mp3$)|(^m4a$)|(^aac$)`),
	"VideoCodec":                  pattern(`(^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)`),
	"AudioCodec":                  pattern(`(^AAC$)|(^vorbis$)|(^mp3$)|(^mp2$)|(^pcm$)|(^flac$)`),
	"AudioCodecProfile":           pattern(`(^auto$)|(^AAC-LC$)|(^HE-AAC$)|(^HE-AACv2$)`),
	"AudioBitDepth":               pattern(`(^8$)|(^16$)|(^24$)|(^32$)`),
	"AudioBitOrder":               pattern(`(^LittleEndian$)`),
	"AudioSigned":                 pattern(`(^Unsigned$)|(^Signed$)`),
	"AudioSampleRate":             pattern(`(^auto$)|(^22050$)|(^32000$)|(^44100$)|(^48000$)|(^96000$)|(^192000$)`),
	"AudioBitRate":                pattern(`^\d{1,3}$`),
	"AudioChannels":               pattern(`(^auto$)|(^0$)|(^1$)|(^2$)`),
	"AudioPackingMode":            pattern(`(^SingleTrack$)|(^OneChannelPerTrack$)|(^OneChannelPerTrackWithMosTo8Tracks$)`),
	"CodecOption":                 length(1, 255),
	"KeyframesMaxDist":            pattern(`^\d{1,6}$`),
	"FixedGOP":                    pattern(`(^true$)|(^false$)`),
	"VideoBitRate":                pattern(`(^\d{2,5}$)|(^auto$)`),
	"FrameRate":                   pattern(`(^auto$)|(^10$)|(^15$)|(^23.97$)|(^24$)|(^25$)|(^29.97$)|(^30$)|(^50$)|(^60$)`),
	"MaxFrameRate":                pattern(`(^10$)|(^15$)|(^23.97$)|(^24$)|(^25$)|(^29.97$)|(^30$)|(^50$)|(^60$)`),
	"Resolution":                  pattern(`(^auto$)|(^\d{1,5}x\d{1,5}$)`),
	"ThumbnailResolution":         pattern(`^\d{1,5}x\d{1,5}$`),
	"AspectRatio":                 pattern(`(^auto$)|(^1:1$)|(^4:3$)|(^3:2$)|(^16:9$)`),
	"DigitsOrAuto":                pattern(`(^auto$)|(^\d{2,4}$)`),
	"Digits":                      pattern(`^\d{1,5}$`),
	"SizingPolicy":                pattern(`(^Fit$)|(^Fill$)|(^Stretch$)|(^Keep$)|(^ShrinkToFit$)|(^ShrinkToFill$)`),
	"PaddingPolicy":               pattern(`(^Pad$)|(^NoPad$)`),
	"WatermarkSizingPolicy":       pattern(`(^Fit$)|(^Stretch$)|(^ShrinkToFit$)`),
	"PixelsOrPercent":             pattern(`(^\d{1,3}(\.\d{0,5})?%$)|(^\d{1,4}?px$)`),
	"Opacity":                     pattern(`^\d{1,3}(\.\d{0,20})?$`),
	"HorizontalAlign":             pattern(`(^Left$)|(^Right$)|(^Center$)`),
	"VerticalAlign":               pattern(`(^Top$)|(^Bottom$)|(^Center$)`),
	"Target":                      pattern(`(^Content$)|(^Frame$)`),
	"PresetWatermarkId":           length(1, 40),
	"JpgOrPng":                    pattern(`(^jpg$)|(^png$)`),
	"Interlaced":                  pattern(`(^auto$)|(^true$)|(^false$)`),
	"ThumbnailPattern":            pattern(`(^$)|(^.*\{count\}.*$)`),
	"Rotate":                      pattern(`(^auto$)|(^0$)|(^90$)|(^180$)|(^270$)`),
	"FloatString":                 pattern(`^\d{1,5}(\.\d{0,5})?$`),
	"Time":                        pattern(`(^\d{1,5}(\.\d{0,3})?$)|(^([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`),
	"TimeOffset":                  pattern(`(^[+-]?\d{1,5}(\.\d{0,3})?$)|(^[+-]?([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`),
	"MergePolicy":                 pattern(`(^Replace$)|(^Prepend$)|(^Append$)|(^Fallback$)`),
	"CaptionMergePolicy":          pattern(`(^MergeOverride$)|(^MergeRetain$)|(^Override$)`),
	"CaptionFormatFormat":         pattern(`(^mov-text$)|(^srt$)|(^scc$)|(^webvtt$)|(^dfxp$)|(^cea-708$)`),
	"CaptionFormatPattern":        pattern(`(^$)|(^.*\{language\}.*$)`),
	"EncryptionMode":              pattern(`(^s3$)|(^s3-aws-kms$)|(^aes-cbc-pkcs7$)|(^aes-ctr$)|(^aes-gcm$)`),
	"Base64EncodedString":         pattern(`^$|(^(?:[A-Za-z0-9\+/]{4})*(?:[A-Za-z0-9\+/]{2}==|[A-Za-z0-9\+/]{3}=)?$)`),
	"NonEmptyBase64EncodedString": pattern(`(^(?:[A-Za-z0-9\+/]{4})*(?:[A-Za-z0-9\+/]{2}==|[A-Za-z0-9\+/]{3}=)?$)`),
	"ZeroTo255String":             length(0, 255),
	"ZeroTo512String":             length(0, 512),
	"OneTo512String":              length(1, 512),
	"KeyIdGuid":                   pattern(`(^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$)|(^[0-9A-Fa-f]{32}$)`),
	"HlsContentProtectionMethod":  pattern(`(^aes-128$)`),
	"KeyStoragePolicy":            pattern(`(^NoStore$)|(^WithVariantPlaylists$)`),
	"PlayReadyDrmFormatString":    pattern(`(^microsoft$)|(^discretix-3.0$)`),
	"PlaylistFormat":              pattern(`(^HLSv3$)|(^HLSv4$)|(^Smooth$)|(^MPEG-DASH$)`),
}

// watermarkKey matches without the pattern's counts, which Go's regexp caps at
// 1000; with the bound on the length it admits the same strings.
var watermarkKey = shape{
	min: 1, max: 1024,
	pattern: `(^.{1,1020}.jpg$)|(^.{1,1019}.jpeg$)|(^.{1,1020}.png$)`,
	match:   regexp.MustCompile(`^.+.(jpg|jpeg|png)$`),
}
