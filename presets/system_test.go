package presets_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/wire"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// reference is the SHA-256 of the 62 presets as one JSON array in canonical
// form, taken when they were gathered: a value changed by accident shows here.
const reference = "f55697eac540977ffc90615a5b9220f7d4899eb82fed8d6609fb039bd15ff6fe"

func TestSystemPresetsAreTheReference(t *testing.T) {
	all := presets.System()
	if len(all) != 62 {
		t.Fatalf("%d presets, want 62", len(all))
	}
	var list []any
	for _, p := range all {
		list = append(list, withoutNulls(tree(t, marshal(t, p))))
	}
	sum := sha256.Sum256(marshal(t, list)) // maps marshal sorted, so this is canonical
	if got := hex.EncodeToString(sum[:]); got != reference {
		t.Errorf("the presets have changed: SHA-256 %s, want %s", got, reference)
	}
}

// TestSystemFiles compares each preset as printed with its file, so that a
// member that the type lacks is named.
func TestSystemFiles(t *testing.T) {
	for _, p := range presets.System() {
		b, err := os.ReadFile(filepath.Join("system", string(p.ID)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tree(t, b), withoutNulls(tree(t, marshal(t, p)))); diff != "" {
			t.Errorf("%s (-file +printed):\n%s", p.ID, diff)
		}
	}
}

func TestSystemOrder(t *testing.T) {
	if !slices.IsSortedFunc(presets.System(), func(a, b presets.Preset) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	}) {
		t.Error("not in ascending order of id")
	}
}

// TestSystemConstraints: what the API lists, it also accepts (clients copy a
// listed preset into CreatePreset), but for names longer than a customer's
// may be.
func TestSystemConstraints(t *testing.T) {
	for _, p := range presets.System() {
		p.Name = "copy"
		if broken := wire.Check(p); broken != nil {
			t.Errorf("%s: %v", p.ID, broken)
		}
	}
}

func TestAudioPresetNulls(t *testing.T) {
	p, ok := presets.Lookup("1351620000001-300020")
	if !ok {
		t.Fatal("no preset")
	}
	p = p.WithARN(job.Account{ID: "123456789012", Region: "eu-west-1"})
	want := `{"Id":"1351620000001-300020","Arn":"arn:aws:elastictranscoder:eu-west-1:123456789012:preset/1351620000001-300020",
	  "Name":"System preset: Audio MP3 - 192k","Description":"System preset: Audio MP3 - 192 kilobits/second","Container":"mp3",
	  "Audio":{"Codec":"mp3","SampleRate":"44100","BitRate":"192","Channels":"2","AudioPackingMode":null,"CodecOptions":null},
	  "Video":null,"Thumbnails":null,"Type":"System"}`
	if diff := cmp.Diff(tree(t, []byte(want)), tree(t, marshal(t, p))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLookup(t *testing.T) {
	for _, p := range presets.System() {
		got, ok := presets.Lookup(p.ID)
		if diff := cmp.Diff(p, got); !ok || diff != "" {
			t.Errorf("Lookup(%s): %v (-want +got):\n%s", p.ID, ok, diff)
		}
	}
	for _, id := range []job.ID{"", "1351620000001-000002", "1351620000001-999999", "1351620000000-000061", "0000000000000-000000"} {
		if p, ok := presets.Lookup(id); ok {
			t.Errorf("Lookup(%q) = %s", id, p.ID)
		}
	}
}

func TestLookupWithdrawn(t *testing.T) {
	for id, want := range map[job.ID]struct {
		id      job.ID
		profile string
	}{
		"1351620000001-100140": {"1351620000001-100141", "AAC-LC"},
		"1351620000001-000060": {"1351620000001-000061", "AAC-LC"},
		"1351620000001-200070": {"1351620000001-200071", "AAC-LC"},
		"1351620000000-000060": {"1351620000001-000061", "AAC-LC"},
		"1351620000001-100010": {"1351620000001-100020", "AAC-LC"},
		"1351620000000-000010": {"1351620000001-000010", "AAC-LC"},
		"1351620000000-100100": {"1351620000001-100080", "AAC-LC"},
	} {
		p, ok := presets.Lookup(id)
		if !ok || p.ID != want.id || p.Audio.CodecOptions.Profile != want.profile {
			t.Errorf("Lookup(%s) = %s, %v; want %s with profile %s", id, p.ID, ok, want.id, want.profile)
		}
	}
	if p, _ := presets.Lookup("1351620000001-100141"); p.Audio.CodecOptions.Profile != "auto" {
		t.Errorf("the twin changed its original: profile %s", p.Audio.CodecOptions.Profile)
	}
}

// TestCopies writes into what the package handed out.
func TestCopies(t *testing.T) {
	a := presets.System()[0]
	a.Video.CodecOptions["Profile"] = "x"
	a.Video.Watermarks[0].ID = "x"
	a.Audio.CodecOptions.Profile = "x"
	a.Thumbnails.Format = "x"
	b := presets.System()[0]
	if b.Video.CodecOptions["Profile"] == "x" || b.Video.Watermarks[0].ID == "x" || b.Audio.CodecOptions.Profile == "x" || b.Thumbnails.Format == "x" {
		t.Error("a caller's change reached the next caller")
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tree(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// withoutNulls drops null members, which client libraries do not show and the
// gathered presets therefore lack.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			if v[k] = withoutNulls(m); m == nil {
				delete(v, k)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}
