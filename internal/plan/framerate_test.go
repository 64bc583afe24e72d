package plan_test

import (
	"math"
	"testing"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

func rated(t testing.TB, average, base string) media.VideoStream {
	t.Helper()
	a, err := media.ParseFrameRate(average)
	if err != nil {
		t.Fatal(err)
	}
	b, err := media.ParseFrameRate(base)
	if err != nil {
		t.Fatal(err)
	}
	return media.VideoStream{AverageRate: a, BaseRate: b}
}

// Rates as ffprobe gives them for real files.
func TestAutoRate(t *testing.T) {
	tests := []struct {
		name          string
		average, base string
		source        string // as its maker meant it
		under30       string // the output's, "auto" with no maximum
		under60       string
	}{
		{"film", "24000/1001", "24000/1001", "24000/1001", "24000/1001", "24000/1001"},
		{"PAL", "25/1", "25/1", "25/1", "25/1", "25/1"},
		{"NTSC", "30000/1001", "30000/1001", "30000/1001", "30000/1001", "30000/1001"},
		{"30", "30/1", "30/1", "30/1", "30/1", "30/1"},
		{"50 is halved", "50/1", "50/1", "50/1", "25/1", "50/1"},
		{"60 is halved", "60/1", "60/1", "60/1", "30/1", "60/1"},
		{"59.94 is halved", "60000/1001", "60000/1001", "60000/1001", "30000/1001", "60000/1001"},
		{"120 is quartered", "120/1", "120/1", "120/1", "30/1", "60/1"},
		{"48 is halved", "48/1", "48/1", "48/1", "24/1", "48/1"},
		{"12.5", "25/2", "25/2", "25/2", "25/2", "25/2"},
		{"15", "15/1", "15/1", "15/1", "15/1", "15/1"},
		{"12", "12/1", "12/1", "12/1", "12/1", "12/1"},
		{"1", "1/1", "1/1", "1/1", "1/1", "1/1"},
		{"slide show", "1/2", "1/2", "0/0", "30/1", "30/1"},
		{"35 has no better divisor", "35/1", "35/1", "35/1", "35/2", "35/1"},

		// One rate, with rounding errors of containers.
		{"NTSC film in mp4", "243090000/8111111", "30000/1001", "30000/1001", "30000/1001", "30000/1001"},
		{"NTSC, 1 % off", "26730000/885901", "30000/1001", "30000/1001", "30000/1001", "30000/1001"},
		{"iPhone", "72000/2401", "30000/1001", "30000/1001", "30000/1001", "30000/1001"},
		{"phone at 60", "810000/13487", "60/1", "60/1", "30/1", "60/1"},
		{"hundredths", "2997/100", "2997/100", "30000/1001", "30000/1001", "30000/1001"},
		{"HEVC phone", "90000/3001", "90000/3001", "30/1", "30/1", "30/1"},
		{"QuickTime", "720000/24017", "720000/24017", "30000/1001", "30000/1001", "30000/1001"},
		{"FLV counts milliseconds", "1000/33", "30/1", "30/1", "30/1", "30/1"},
		{"29.671 is what it is", "29671/1000", "29671/1000", "29671/1000", "29671/1000", "29671/1000"},
		{"a little over 30 is not halved", "1000000/33200", "1000000/33200", "2500/83", "30/1", "2500/83"},

		// The base counts fields, or every second frame is missing.
		{"interlaced PAL", "25/1", "50/1", "25/1", "25/1", "25/1"},
		{"interlaced NTSC", "30000/1001", "60000/1001", "30000/1001", "30000/1001", "30000/1001"},
		{"phone, 30 of 60", "2997003/100000", "60/1", "30/1", "30/1", "30/1"},
		{"telecined film", "24000/1001", "60000/1001", "24000/1001", "24000/1001", "24000/1001"},

		// No average: short transport streams, Theora.
		{"short TS", "0/0", "30/1", "30/1", "30/1", "30/1"},
		{"no average, 60", "N/A", "60/1", "60/1", "30/1", "60/1"},
		{"base is infinite", "25/1", "1/0", "25/1", "25/1", "25/1"},
		{"average is a time base", "1000/1", "60/1", "60/1", "30/1", "60/1"},

		// Variable rates. The base is the lowest that fits every timestamp.
		{"screen recording", "64000/5717", "60000/1001", "60000/1001", "30000/1001", "60000/1001"},
		{"matroska, 29.25", "1000/33", "117/4", "117/4", "117/4", "117/4"},
		{"base is a time base", "3628800/502589", "57600/1", "0/0", "30/1", "30/1"},
		{"phone, variable", "2986/100", "90000/1", "0/0", "30/1", "30/1"},
		{"game capture, variable", "5712/100", "90000/1", "0/0", "30/1", "60/1"},
		{"webm without rate", "0/0", "1000/1", "0/0", "30/1", "30/1"},
		{"two time bases", "600/1", "600/1", "0/0", "30/1", "30/1"},
		{"nothing known", "N/A", "N/A", "0/0", "30/1", "30/1"},

		{"negative", "-25/1", "-25/1", "0/0", "30/1", "30/1"},
		{"hostile", "9223372036854775807/1", "1/9223372036854775807", "0/0", "30/1", "30/1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := rated(t, tt.average, tt.base)
			if got := plan.SourceRate(v).String(); got != tt.source {
				t.Errorf("source rate of %s (%s) = %s, want %s", tt.average, tt.base, got, tt.source)
			}
			if got := plan.OutputRate("auto", "", v).String(); got != tt.under30 {
				t.Errorf("output rate = %s, want %s", got, tt.under30)
			}
			if got := plan.OutputRate("auto", "60", v).String(); got != tt.under60 {
				t.Errorf("output rate under 60 = %s, want %s", got, tt.under60)
			}
		})
	}
}

func TestMaximumRate(t *testing.T) {
	tests := []struct{ source, maximum, want string }{
		{"50/1", "50", "50/1"},
		{"60/1", "25", "20/1"},
		{"30/1", "15", "15/1"},
		{"25/1", "15", "25/2"},
		{"25/1", "10", "25/3"},
		// 30 and 29.97 are the same to whoever sets a maximum: halving would be a surprise.
		{"30/1", "29.97", "30000/1001"},
		{"60/1", "29.97", "30000/1001"},
		{"24/1", "23.97", "24000/1001"},
		{"30000/1001", "30", "30000/1001"},
	}
	for _, tt := range tests {
		if got := plan.OutputRate("auto", tt.maximum, rated(t, tt.source, tt.source)).String(); got != tt.want {
			t.Errorf("%s under %s = %s, want %s", tt.source, tt.maximum, got, tt.want)
		}
	}
}

// A rate the preset names is forced, whatever the source has.
func TestFixedRate(t *testing.T) {
	for wanted, want := range map[string]string{
		"10": "10/1", "15": "15/1", "23.97": "24000/1001", "24": "24/1", "25": "25/1",
		"29.97": "30000/1001", "30": "30/1", "50": "50/1", "60": "60/1",
	} {
		for _, source := range []string{"N/A", "12/1", "120/1"} {
			if got := plan.OutputRate(wanted, "15", rated(t, source, source)).String(); got != want {
				t.Errorf("%s from %s = %s, want %s", wanted, source, got, want)
			}
		}
	}
}

// Whatever ffprobe says: a rate above 0 and not above the maximum.
func FuzzOutputRate(f *testing.F) {
	f.Add(int64(30000), int64(1001), int64(60), int64(1), "30")
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64-1), int64(1), int64(math.MaxInt64), "60")
	f.Add(int64(1), int64(0), int64(0), int64(0), "")
	f.Fuzz(func(t *testing.T, an, ad, bn, bd int64, maximum string) {
		v := media.VideoStream{AverageRate: media.Rate(an, ad), BaseRate: media.Rate(bn, bd)}
		got := plan.OutputRate("auto", maximum, v)
		if got.Sign() <= 0 || got.Cmp(media.NewRational(60, 1)) > 0 {
			t.Errorf("%v (%v) under %q = %v", v.AverageRate, v.BaseRate, maximum, got)
		}
	})
}
