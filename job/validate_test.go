package job_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// valid returns a request in order, for the cases to break: two HLS outputs
// and their playlist.
func valid() job.Request {
	return job.Request{
		PipelineID: "1111111111111-abcde1",
		Input:      &job.Input{Key: "in.mp4"},
		Outputs: []job.Output{
			{Key: "a", PresetID: "1351620000001-200040", SegmentDuration: "10"},
			{Key: "b", PresetID: "1351620000001-200050", SegmentDuration: "10"},
		},
		Playlists: []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"a", "b"}}},
	}
}

const (
	one       = "1 validation error detected: "
	noMatch   = " failed to satisfy constraint: Member must satisfy regular expression pattern: "
	isNull    = " failed to satisfy constraint: Member must not be null"
	idPattern = `^\d{13}-\w{6}$`
)

func TestValidate(t *testing.T) {
	text := func(s string) *string { return &s }
	repeat := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m["k"+strconv.Itoa(i)] = ""
		}
		return m
	}
	for _, c := range []struct {
		name  string
		spoil func(r *job.Request)
		want  string // empty: accepted
	}{
		{"in order", func(*job.Request) {}, ""},

		// One member.
		{"no pipeline", func(r *job.Request) { r.PipelineID = "" }, one + "Value null at 'pipelineId'" + isNull},
		{"pipeline id", func(r *job.Request) { r.PipelineID = "pipeline1" }, one + "Value 'pipeline1' at 'pipelineId'" + noMatch + idPattern},
		{"no input key", func(r *job.Request) { r.Input.Key = "" }, one + "Value null at 'input.key'" + isNull},
		{
			"several members in one answer",
			func(r *job.Request) {
				r.Input.Container = "mp2"
				r.Outputs[1].Rotate = "45"
				r.Outputs[1].Key = strings.Repeat("é", 256)
			},
			"3 validation errors detected: " +
				"Value 'mp2' at 'input.container'" + noMatch +
				`(^auto$)|(^3gp$)|(^asf$)|(^avi$)|(^divx$)|(^flv$)|(^mkv$)|(^mov$)|(^mp4$)|(^mpeg$)|(^mpeg-ps$)|(^mpeg-ts$)|(^mxf$)|(^ogg$)|(^ts$)|(^vob$)|(^wav$)|(^webm$)|(^mp3$)|(^m4a$)|(^aac$)` +
				"; Value '" + strings.Repeat("é", 256) + "' at 'outputs.2.member.key' failed to satisfy constraint: Member must have length less than or equal to 255" +
				"; Value '45' at 'outputs.2.member.rotate'" + noMatch + `(^auto$)|(^0$)|(^90$)|(^180$)|(^270$)`,
		},
		{
			"thumbnails without {count}", func(r *job.Request) { r.Outputs[0].ThumbnailPattern = text("thumb") },
			one + "Value 'thumb' at 'outputs.1.member.thumbnailPattern'" + noMatch + `(^$)|(^.*\{count\}.*$)`,
		},
		{"thumbnails in a directory", func(r *job.Request) { r.Outputs[0].ThumbnailPattern = text("t/{resolution}-{count}") }, ""},
		{"no thumbnails", func(r *job.Request) { r.Outputs[0].ThumbnailPattern = text("") }, ""},
		{
			"watermark picture", func(r *job.Request) {
				r.Outputs[0].Watermarks = []job.Watermark{{PresetWatermarkID: "TopLeft", InputKey: "logo.PNG"}}
			},
			one + "Value 'logo.PNG' at 'outputs.1.member.watermarks.1.member.inputKey'" + noMatch + `(^.{1,1020}.jpg$)|(^.{1,1019}.jpeg$)|(^.{1,1020}.png$)`,
		},
		{
			"31 outputs", func(r *job.Request) { r.Outputs = append(r.Outputs, make29()...) },
			one + "Value '[31 members]' at 'outputs' failed to satisfy constraint: Member must have length less than or equal to 30",
		},
		{
			"empty playlist", func(r *job.Request) { r.Playlists[0].OutputKeys = []string{} },
			one + "Value '[0 members]' at 'playlists.1.member.outputKeys' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		{"clip as a clock", func(r *job.Request) {
			r.Input.TimeSpan = &job.TimeSpan{StartTime: "1:02:03.456", Duration: "86399.999"}
		}, ""},
		{
			"clip past a day", func(r *job.Request) { r.Input.TimeSpan = &job.TimeSpan{StartTime: "24:00:00"} },
			one + "Value '24:00:00' at 'input.timeSpan.startTime'" + noMatch + `(^\d{1,5}(\.\d{0,3})?$)|(^([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`,
		},

		// Several members.
		{"two forms of input", func(r *job.Request) { r.Inputs = []job.Input{{Key: "x"}} }, "Exactly one of Input and Inputs must be specified."},
		{"no input", func(r *job.Request) { r.Input = nil }, "Exactly one of Input and Inputs must be specified."},
		{"two forms of output", func(r *job.Request) { r.Output = &r.Outputs[0] }, "Exactly one of Output and Outputs must be specified."},
		{"no output", func(r *job.Request) { r.Outputs, r.Playlists = nil, nil }, "Exactly one of Output and Outputs must be specified."},
		{"longest segments", func(r *job.Request) { r.Outputs[0].SegmentDuration = "60.0" }, ""},
		{
			"segments too long", func(r *job.Request) { r.Outputs[0].SegmentDuration = "60.1" },
			"Output 'a' has a SegmentDuration of 60.1 seconds. It must be between 1 and 60.",
		},
		{
			"segments too short", func(r *job.Request) { r.Outputs[0].SegmentDuration = "0.9" },
			"Output 'a' has a SegmentDuration of 0.9 seconds. It must be between 1 and 60.",
		},

		// Playlists.
		{
			"same name twice", func(r *job.Request) { r.Playlists = append(r.Playlists, r.Playlists[0]) },
			"The playlist name 'index' is used more than once in the job.",
		},
		{
			"unknown output", func(r *job.Request) { r.Playlists[0].OutputKeys[1] = "c" },
			"The playlist 'index' includes the output key 'c', but the job has no output with that key.",
		},
		{
			"playlist elsewhere", func(r *job.Request) { r.Playlists[0].Name = "lists/index" },
			"All outputs in a playlist must begin identically to the playlist name upto the last / character.",
		},
		{"playlist and outputs in a directory", func(r *job.Request) {
			r.Playlists[0].Name, r.Playlists[0].OutputKeys = "/playlist", []string{"/output/24M"}
			r.Outputs[0].Key = "/output/24M"
		}, ""},
		{"outputs below the playlist", func(r *job.Request) { r.Outputs[0].Key, r.Playlists[0].OutputKeys[0] = "iphone/a", "iphone/a" }, ""},
		{"two playlists, two directories", func(r *job.Request) {
			r.Playlists = append(r.Playlists, job.Playlist{Name: "x/index", Format: job.HLSv4, OutputKeys: []string{"b"}})
		}, "All outputs in a playlist must begin identically to the playlist name upto the last / character."},
		{
			"HLS without segments", func(r *job.Request) { r.Outputs[0].SegmentDuration, r.Outputs[1].SegmentDuration = "", "" },
			"Output 'a' must have a SegmentDuration since it is part of a playlist. SegmentDurtion is available only for 'ts' containers. " +
				"Output 'b' must have a SegmentDuration since it is part of a playlist. SegmentDurtion is available only for 'ts' containers.",
		},
		{"DASH without segments", func(r *job.Request) {
			r.Playlists[0].Format = job.MPEGDASH
			r.Outputs[0].SegmentDuration, r.Outputs[1].SegmentDuration = "", ""
		}, ""},

		// Encryption and protection.
		{"output's key to be made", func(r *job.Request) { r.Outputs[0].Encryption = &job.Encryption{Mode: "aes-ctr"} }, ""},
		{
			"input's key missing", func(r *job.Request) { r.Input.Encryption = &job.Encryption{Mode: "aes-ctr"} },
			"The encryption of input 'in.mp4' must have Key, KeyMd5 and InitializationVector.",
		},
		{
			"half a key", func(r *job.Request) { r.Outputs[1].ThumbnailEncryption = &job.Encryption{Mode: "aes-gcm", Key: "a2V5"} },
			"The encryption of the thumbnails of output 'b' must have all or none of Key, KeyMd5 and InitializationVector.",
		},
		{"storage encryption needs no key", func(r *job.Request) { r.Outputs[0].Encryption = &job.Encryption{Mode: "s3-aws-kms"} }, ""},
		{"stored key with a URL", func(r *job.Request) {
			r.Playlists[0].HLSContentProtection = &job.HLSContentProtection{Method: "aes-128", KeyStoragePolicy: "WithVariantPlaylists", LicenseAcquisitionURL: "https://k"}
		}, "The HlsContentProtection of playlist 'index' must have no LicenseAcquisitionUrl when KeyStoragePolicy is WithVariantPlaylists."},
		{"key nobody can find", func(r *job.Request) {
			r.Playlists[0].HLSContentProtection = &job.HLSContentProtection{Method: "aes-128", KeyStoragePolicy: "NoStore"}
		}, "The HlsContentProtection of playlist 'index' must have a LicenseAcquisitionUrl unless KeyStoragePolicy is WithVariantPlaylists."},
		{"protected twice", func(r *job.Request) {
			r.Outputs[1].Encryption = &job.Encryption{Mode: "aes-ctr"}
			r.Playlists[0].HLSContentProtection = &job.HLSContentProtection{Method: "aes-128", KeyStoragePolicy: "WithVariantPlaylists"}
		}, "Output 'b' has Encryption, so the playlist 'index' can have neither HlsContentProtection nor PlayReadyDrm."},
		{"a format nobody can write", func(r *job.Request) {
			r.Playlists[0].PlayReadyDRM = &job.PlayReadyDRM{
				Format: "discretix-3.0", Key: "a2V5", KeyMD5: "a2V5", KeyID: strings.Repeat("0", 32), LicenseAcquisitionURL: "https://l",
			}
		}, "The playlist 'index' has the PlayReadyDrm format discretix-3.0, which is not supported because its specification was never published."},

		// User metadata.
		{"ten pairs", func(r *job.Request) { r.UserMetadata = repeat(10) }, ""},
		{"eleven pairs", func(r *job.Request) { r.UserMetadata = repeat(11) }, "UserMetadata has 11 key/value pairs. The maximum is 10."},
		{"all characters", func(r *job.Request) { r.UserMetadata = map[string]string{"a Z_.:/=+-%@9": "x"} }, ""},
		{
			"character not allowed", func(r *job.Request) { r.UserMetadata = map[string]string{"k": "ä"} },
			"The UserMetadata key 'k' or its value has a character other than 0-9, A-Z, a-z, space and _.:/=+-%@.",
		},
		{
			"long value", func(r *job.Request) { r.UserMetadata = map[string]string{"k": strings.Repeat("v", 257)} },
			"The value of the UserMetadata key 'k' must have at most 256 characters.",
		},
		{
			"token", func(r *job.Request) { r.ClientRequestToken = "a b" },
			one + "Value 'a b' at 'clientRequestToken'" + noMatch + `^[!-~]{1,64}$`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := valid()
			r.UserMetadata = maps.Clone(r.UserMetadata)
			c.spoil(&r)
			wantFault(t, r.Validate(), c.want)
		})
	}
}

func wantFault(t *testing.T, err error, text string) {
	t.Helper()
	switch {
	case text == "" && err != nil:
		t.Errorf("refused: %v", err)
	case text != "" && err == nil:
		t.Errorf("accepted, want: %s", text)
	case text != "" && (fault.KindOf(err) != fault.Invalid || fault.Text(err) != text):
		t.Errorf("%s fault:\n got %s\nwant %s", fault.KindOf(err), fault.Text(err), text)
	}
}

func make29() (list []job.Output) {
	for i := range 29 {
		list = append(list, job.Output{Key: "k" + strconv.Itoa(i), PresetID: "1351620000001-000001"})
	}
	return list
}
