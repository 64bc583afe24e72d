package ffmpeg_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/testmedia"
)

// TestParseProbe reads what ffprobe printed for real files, and holds what was
// understood.
func TestParseProbe(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/probe/*.txtar") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := ffmpeg.ParseProbe(golden.Section(t, file, "ffprobe.json"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(src, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, file, "source.json", got)
		})
	}
}

func TestParseProbeRotation(t *testing.T) {
	tests := []struct {
		rotation string
		want     int
	}{
		{"0", 0},
		{"-90", 90},
		{"90", 270},
		{"180", 180},
		{"-180", 180},
		{"270", 90},
		{"-270", 270},
		{"360", 0},
		{"-89", 90},
		{"45", 0},             // slanted: ffmpeg keeps the frame
		{"-60", 0},            //
		{"-2147483648", 0},    // a matrix without a rotation
		{"1e30", 0},           //
		{"-90.5", 0},          // ffprobe prints whole numbers
		{"92233720368547", 0}, //
	}
	for _, test := range tests {
		out := `{"streams":[{"codec_type":"video","width":2,"height":2,"side_data_list":[
			{"side_data_type":"Stereo 3D"},{"side_data_type":"Display Matrix","rotation":` + test.rotation + `}]}]}`
		src, err := ffmpeg.ParseProbe([]byte(out))
		if err != nil {
			t.Errorf("rotation %s: %v", test.rotation, err)
		} else if src.Video.Rotation != test.want {
			t.Errorf("rotation %s: %d, want %d", test.rotation, src.Video.Rotation, test.want)
		}
	}
}

func TestParseProbeDuration(t *testing.T) {
	const picture = `"codec_type":"video","width":2,"height":2`
	tests := []struct {
		name, output string
		video, all   media.Timestamp
	}{
		{"container only", `{"format":{"duration":"5.5"},"streams":[{` + picture + `}]}`, media.Timestamp{}, media.Millis(5500)},
		{"streams only", `{"streams":[{` + picture + `,"duration":"3"},{"codec_type":"audio","channels":1,"duration":"5"}]}`, media.Millis(3000), media.Millis(5000)},
		{"shorter sound", `{"streams":[{` + picture + `,"duration":"3"},{"codec_type":"audio","channels":1,"duration":"2"}]}`, media.Millis(3000), media.Millis(3000)},
		{"tag", `{"streams":[{` + picture + `,"tags":{"DURATION":"01:01:38.250000000"}}]}`, media.Millis(3698250), media.Millis(3698250)},
		{"tag with a language", `{"streams":[{` + picture + `,"tags":{"DURATION-eng":"00:00:02.040000000"}}]}`, media.Millis(2040), media.Millis(2040)},
		{"bad tag", `{"streams":[{` + picture + `,"tags":{"DURATION":"1:-1:x"}}]}`, media.Timestamp{}, media.Timestamp{}},
		{"negative tag", `{"streams":[{` + picture + `,"tags":{"DURATION":"0:0:-3"}}]}`, media.Timestamp{}, media.Timestamp{}},
		{"nothing", `{"streams":[{` + picture + `}]}`, media.Timestamp{}, media.Timestamp{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src, err := ffmpeg.ParseProbe([]byte(test.output))
			if err != nil {
				t.Fatal(err)
			}
			got := []media.Timestamp{src.Video.Duration, src.Duration}
			if diff := cmp.Diff([]media.Timestamp{test.video, test.all}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseProbeRefuses(t *testing.T) {
	tests := []struct{ name, output string }{
		{"nothing", ""},
		{"no answer", "{}"},
		{"not JSON", "ffprobe: not found"},
		{"half an answer", `{"streams":[{"codec_type":"video","width":640`},
		{"no streams", `{"streams":[],"format":{"duration":"5"}}`},
		{"subtitles only", `{"streams":[{"codec_type":"subtitle"}]}`},
		{"cover only", `{"streams":[{"codec_type":"video","width":9,"height":9,"disposition":{"attached_pic":1}}]}`},
		{"picture without a size", `{"streams":[{"codec_type":"video","width":0,"height":0}]}`},
		{"sound without channels", `{"streams":[{"codec_type":"audio"}]}`},
		{"numbers for names", `{"streams":[{"codec_type":1}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ffmpeg.ParseProbe([]byte(test.output))
			if fault.KindOf(err) != fault.BadInput || fault.CodeOf(err) != fault.BadInputFile {
				t.Errorf("error %v, want BadInput with code 4000", err)
			}
		})
	}
}

// notForUs are fixtures that ffprobe reads and this service does not.
var notForUs = map[string]string{
	"bad/photo.jpg":           "images are no inputs",
	"bad/lfi_read_passwd.avi": "holds subtitles only, which would open another file",
}

// TestProbeFixtures probes every media file of the collection: it succeeds
// exactly for those that its list says can be probed.
func TestProbeFixtures(t *testing.T) {
	manifest := testmedia.Fixture(t, "MANIFEST.tsv")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const exercises, said = 7, 8
	seen := 0
	for _, row := range rows[1:] {
		name := row[0]
		if strings.HasPrefix(name, "captions/") || strings.HasPrefix(row[said], "text/") {
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := try(t, "ffprobe", ffmpeg.Probe(testmedia.Fixture(t, name)))
			src, err := ffmpeg.ParseProbe([]byte(run.out))
			if run.err == nil && err == nil {
				err = run.err
			} else if err == nil {
				t.Errorf("ffprobe fails (%v), and its answer is taken: %s", run.err, run.out)
			}
			want := !strings.HasPrefix(row[said], "UNPROBEABLE") && notForUs[name] == ""
			if (err == nil) != want {
				t.Fatalf("error %v; the list says %q, %s", err, row[said], row[exercises])
			}
			if err != nil {
				return
			}
			// The list was made by another program from the same files.
			if got, want := src.HasVideo(), hasPicture(row[said]); got != want {
				t.Errorf("picture %v, want %v: %s", got, want, row[said])
			}
			if got, want := len(src.Audio), strings.Count(row[said], "; a:"); got != want {
				t.Errorf("%d sounds, want %d: %s", got, want, row[said])
			}
		})
	}
	if seen < 80 {
		t.Errorf("%d media files in the list", seen)
	}
}

// hasPicture reads a line of the list: "mp4/mov; dur=…; v:h264(…) …; a:…".
func hasPicture(said string) bool {
	for _, part := range strings.Split(said, "; ") {
		if strings.HasPrefix(part, "v:") && !strings.Contains(part, "ATTACHED_PIC") && !strings.Contains(part, " 0x0 ") {
			return true
		}
	}
	return false
}

func FuzzParseProbe(f *testing.F) {
	for _, file := range golden.Files(f, "testdata/probe/*.txtar") {
		f.Add(golden.Section(f, file, "ffprobe.json"))
	}
	f.Add([]byte(`{"streams":[{"codec_type":"video","width":1,"height":1,"duration":"9223372036854775807","sample_aspect_ratio":"-9223372036854775808:-1","tags":{"DURATION":"9223372036854775807:9223372036854775807:9e9"}}]}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		src, err := ffmpeg.ParseProbe(output)
		if err != nil {
			if fault.KindOf(err) != fault.BadInput {
				t.Errorf("error %v of kind %v", err, fault.KindOf(err))
			}
			return
		}
		if !src.HasVideo() && !src.HasAudio() {
			t.Error("neither picture nor sound, and no error")
		}
		if v := src.Video; v != nil {
			if !v.Size.Valid() || v.Rotation%90 != 0 || v.Rotation < 0 || v.Rotation > 270 || v.Frames < 0 {
				t.Errorf("impossible picture %+v", v)
			}
		}
		for _, a := range src.Audio {
			if a.Channels < 1 || a.SampleRate < 0 || a.BitRate < 0 {
				t.Errorf("impossible sound %+v", a)
			}
		}
	})
}
