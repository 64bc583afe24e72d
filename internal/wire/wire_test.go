package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/wire"
)

type base struct {
	Key string `json:"Key,omitzero" shape:"Key,required"`
}

type record struct {
	ID string `json:"Id"`
	base
	Empty  string            `json:"Empty"`
	Zero   string            `json:"Zero" wire:"zero"`
	Ours   *base             `json:"Ours" wire:"omit"`
	Nested *base             `json:"Nested"`
	Always base              `json:"Always"`
	List   []string          `json:"List" wire:"list"`
	Null   []string          `json:"Null"`
	None   []string          `json:"None"`
	Map    map[string]string `json:"Map"`
	Number int64             `json:"Number"`
}

func TestMarshal(t *testing.T) {
	for _, c := range []struct {
		name string
		in   any
		want string
	}{
		{
			"nothing set",
			record{},
			`{"Id":null,"Key":null,"Empty":null,"Zero":"","Nested":null,"Always":{"Key":null},"List":[],"Null":null,"None":null,"Map":null,"Number":null}`,
		},
		{
			"all set",
			&record{
				ID: "1", base: base{"k"}, Empty: "\"\n", Ours: &base{"o"}, Nested: &base{}, Always: base{"a"},
				List: []string{"", "x"}, None: []string{}, Map: map[string]string{"b": "2", "a": ""}, Number: 1 << 60,
			},
			`{"Id":"1","Key":"k","Empty":"\"\n","Zero":"","Ours":{"Key":"o"},"Nested":{"Key":null},"Always":{"Key":"a"},"List":["","x"],"Null":null,"None":[],"Map":{"a":"","b":"2"},"Number":1152921504606846976}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := wire.Marshal(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if _, err := wire.Marshal(struct {
		F float64 `json:"F"`
	}{1}); err == nil {
		t.Error("a float was printed; the dialect has none")
	}
}

func TestUnmarshalReplaces(t *testing.T) {
	v := struct {
		A string   `json:"A"`
		B []string `json:"B"`
	}{A: "old", B: []string{"old"}}
	if err := wire.Unmarshal([]byte(`{"B":[null,1,true,"x"]}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.A != "" {
		t.Errorf("A kept %q", v.A)
	}
	if diff := cmp.Diff([]string{"", "1", "true", "x"}, v.B); diff != "" {
		t.Errorf("B (-want +got):\n%s", diff)
	}
}

// TestShapes holds one string on each side of each edge of the less obvious
// shapes.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		shape     string
		good, bad []string
	}{
		{"Id", []string{"1351620000001-000001"}, []string{"", "1351620000001-00000", "x1351620000001-000001"}},
		{"Name", []string{"a", strings.Repeat("😀", 20)}, []string{"", strings.Repeat("😀", 20) + "a"}}, // 20 × 2 UTF-16 units
		{"BucketName", []string{"a.b-c_d", strings.Repeat("a", 255)}, []string{"", "a/b", "a b", strings.Repeat("a", 256)}},
		{"SnsTopic", []string{"", "arn:aws:sns:us-east-1:123456789012:t"}, []string{" ", "arn:aws:sns:us-east-1:1234:t"}},
		{
			"WatermarkKey",
			[]string{"a.jpg", "a.jpeg", "dir/a.png", "axjpg", strings.Repeat("a", 1020) + ".jpg", strings.Repeat("a", 1019) + ".jpeg"},
			[]string{"", ".jpg", "a.gif", "a.JPG", strings.Repeat("a", 1021) + ".jpg", strings.Repeat("a", 1020) + ".jpeg"},
		},
		{"FrameRate", []string{"auto", "23.97", "29x97"}, []string{"", "23.976", "120"}}, // the API's dots are not escaped
		{"MaxFrameRate", []string{"60"}, []string{"auto"}},
		{"DigitsOrAuto", []string{"auto", "16", "4096"}, []string{"", "9", "10000"}},
		{"PixelsOrPercent", []string{"10%", "7.5%", "0px", "1920px"}, []string{"10", "1000%", "12345px", "5.5px"}},
		{"Opacity", []string{"0", "55.5", "100."}, []string{"", "-1", "1000"}},
		{"ThumbnailPattern", []string{"", "{count}", "a/{resolution}-{count}"}, []string{" ", "count"}},
		{"FloatString", []string{"10", "10.", "2.50000"}, []string{"", ".5", "100000", "1.123456", "1e3"}},
		{"Time", []string{"0", "99999.999", "1:2", "23:59:59.999", "59."}, []string{"", "100000", "24:00:00", "1:60", "-1", "1.2345"}},
		{"TimeOffset", []string{"0", "-1.5", "+00:00:01"}, []string{"", "--1"}},
		{"Base64EncodedString", []string{"", "YQ==", "YWI=", "YWJj"}, []string{"YQ", "YQ=", "Y Q="}},
		{"KeyIdGuid", []string{strings.Repeat("aF", 16), "01234567-89ab-cdef-0123-456789abcdef"}, []string{"", "0123456789abcdef"}},
		{"ZeroTo255String", []string{"", strings.Repeat("x", 255)}, []string{strings.Repeat("x", 256)}},
	} {
		for _, s := range c.good {
			if broken := wire.Match(s, c.shape, "x"); broken != nil {
				t.Errorf("%s refuses %q: %v", c.shape, s, broken)
			}
		}
		for _, s := range c.bad {
			if wire.Match(s, c.shape, "x") == nil {
				t.Errorf("%s accepts %q", c.shape, s)
			}
		}
	}
}

func TestMatchText(t *testing.T) {
	const want = `1 validation error detected: Value 'Done' at 'status' failed to satisfy constraint: ` +
		`Member must satisfy regular expression pattern: (^Submitted$)|(^Progressing$)|(^Complete$)|(^Canceled$)|(^Error$)`
	if got := wire.Match("Done", "JobStatus", "status").Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCheckMapsAndLists(t *testing.T) {
	type thing struct {
		Options map[string]string `json:"Options" shape:"CodecOption,max=1"`
		Keys    []string          `json:"Keys" shape:"Key,max=1"`
	}
	got := wire.Check(thing{Options: map[string]string{"b": "", "a": "1"}, Keys: []string{"k", ""}})
	want := wire.Violations{
		"Value '[2 members]' at 'options' failed to satisfy constraint: Member must have length less than or equal to 1",
		"Value '' at 'options.b.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
		"Value '[2 members]' at 'keys' failed to satisfy constraint: Member must have length less than or equal to 1",
		"Value '' at 'keys.2.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
