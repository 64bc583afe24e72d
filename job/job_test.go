package job_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/job"
)

var account = job.Account{ID: "123456789012", Region: "us-west-2"}

// TestNewGolden turns real clients' requests into the records they read back.
func TestNewGolden(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(file, func(t *testing.T) {
			req, err := job.ParseRequest(golden.Section(t, file, "request.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := req.Validate(); err != nil {
				t.Fatalf("a request that clients sent is refused: %v", err)
			}
			got := mustMarshal(t, job.New("1533838012294-exampl", req, account, 1533838012298))
			golden.Check(t, file, "job.json", got)
		})
	}
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, b, "", "  "); err != nil {
		t.Fatal(err)
	}
	return pretty.Bytes()
}

// TestJobRoundTrip stores and reads a record in which every member is set.
func TestJobRoundTrip(t *testing.T) {
	pattern := "t-{count}"
	enc := &job.Encryption{Mode: "aes-ctr", Key: "a2V5", KeyMD5: "bWQ1", InitializationVector: "aXY="}
	span := &job.TimeSpan{StartTime: "1.5", Duration: "10"}
	sources := []job.CaptionSource{{Key: "c.srt", Language: "en", TimeOffset: "-1", Label: "English", Encryption: enc}}
	want := job.Job{
		ID: "1533838012294-exampl", ARN: "arn", PipelineID: "1111111111111-abcde1", OutputKeyPrefix: "p/",
		Inputs: []job.InputRecord{{
			Input: job.Input{
				Key: "in.mov", FrameRate: "25", Resolution: "auto", AspectRatio: "4:3", Interlaced: "true", Container: "mov",
				Encryption: enc, TimeSpan: span, InputCaptions: &job.InputCaptions{MergePolicy: "Override", CaptionSources: sources},
			},
			DetectedProperties: &job.DetectedProperties{Width: 1280, Height: 720, FrameRate: "25", FileSize: 21069678, DurationMillis: 117312},
		}},
		Outputs: []job.OutputRecord{{
			ID: "1",
			Output: job.Output{
				Key: "out", PresetID: "1351620000001-200050", ThumbnailPattern: &pattern, ThumbnailEncryption: enc, Rotate: "90", SegmentDuration: "2.0",
				Watermarks: []job.Watermark{{PresetWatermarkID: "TopLeft", InputKey: "w.png", Encryption: enc}},
				AlbumArt: &job.AlbumArt{MergePolicy: "Append", Artwork: []job.Artwork{{
					InputKey: "a.png", MaxWidth: "600", MaxHeight: "auto", SizingPolicy: "Fit", PaddingPolicy: "Pad", AlbumArtFormat: "png", Encryption: enc,
				}}},
				Composition: []job.Clip{{TimeSpan: span}},
				Captions: &job.Captions{
					MergePolicy: "MergeRetain", CaptionSources: sources,
					CaptionFormats: []job.CaptionFormat{{Format: "srt", Pattern: "c-{language}", Encryption: enc}},
				},
				Encryption: enc,
			},
			Status: job.Complete, StatusDetail: "A warning.", Duration: 118, DurationMillis: 117353, Width: 400, Height: 224, FrameRate: "25",
			FileSize: 6901104, AppliedColorSpaceConversion: "None", Progress: &job.Progress{FramesDone: 9, FramesTotal: 10, Stage: "encode"},
		}},
		Playlists: []job.PlaylistRecord{{
			Playlist: job.Playlist{
				Name: "index", Format: job.HLSv4, OutputKeys: []string{"out"},
				HLSContentProtection: &job.HLSContentProtection{
					Method: "aes-128", Key: "a2V5", KeyMD5: "bWQ1", InitializationVector: "aXY=", LicenseAcquisitionURL: "https://k", KeyStoragePolicy: "NoStore",
				},
				PlayReadyDRM: &job.PlayReadyDRM{
					Format: "microsoft", Key: "a2V5", KeyMD5: "bWQ1", KeyID: "00000000-0000-0000-0000-000000000000", InitializationVector: "aXY=", LicenseAcquisitionURL: "https://l",
				},
			},
			Status: job.Error, StatusDetail: "1001 …",
		}},
		UserMetadata: map[string]string{"k": "v"}, Status: job.Error,
		Timing:   job.Timing{SubmitTimeMillis: 1, StartTimeMillis: 2, FinishTimeMillis: 3},
		Progress: &job.Progress{Stage: "plan"},
	}
	b := mustMarshal(t, want)
	var got job.Job
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record read back (-want +got):\n%s", diff)
	}
	if bytes.Contains(b, []byte("null")) {
		t.Errorf("every member is set, but one prints as null:\n%s", b)
	}
}

// TestNewCopies changes the request after the record was made of it.
func TestNewCopies(t *testing.T) {
	pattern := "{count}"
	req := job.Request{
		Inputs:       []job.Input{{Key: "in", TimeSpan: &job.TimeSpan{StartTime: "1"}}},
		Output:       &job.Output{Key: "out", ThumbnailPattern: &pattern},
		UserMetadata: map[string]string{"k": "v"},
	}
	j := job.New("1533838012294-exampl", req, account, 1)
	before := mustMarshal(t, j)
	req.Inputs[0].TimeSpan.StartTime, pattern, req.UserMetadata["k"] = "2", "x", "y"
	if diff := cmp.Diff(string(before), string(mustMarshal(t, j))); diff != "" {
		t.Errorf("the record changed with the request (-before +after):\n%s", diff)
	}
}

func TestOutputByID(t *testing.T) {
	j := job.Job{Outputs: []job.OutputRecord{{ID: "1"}, {ID: "2"}}}
	if got := j.Output("2"); got != &j.Outputs[1] {
		t.Errorf("Output(2) = %v, want the second output itself", got)
	}
	if got := j.Output("3"); got != nil {
		t.Errorf("Output(3) = %v, want nil", got)
	}
}
