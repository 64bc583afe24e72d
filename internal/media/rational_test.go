package media_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/media"
)

const most, least = math.MaxInt64, math.MinInt64

func TestNewRational(t *testing.T) {
	tests := []struct {
		num, den int64
		want     media.Rational
	}{
		{0, 0, media.Rational{}},
		{1, 0, media.Rational{}}, // a real r_frame_rate
		{0, 5, media.Rational{Num: 0, Den: 1}},
		{0, -5, media.Rational{Num: 0, Den: 1}},
		{60000, 2002, media.Rational{Num: 30000, Den: 1001}},
		{1, -2, media.Rational{Num: -1, Den: 2}},
		{-4, -6, media.Rational{Num: 2, Den: 3}},
		{most, most, media.Rational{Num: 1, Den: 1}},
		// -2^63 has no opposite: it must not turn a sign or leave Den negative.
		{least, 6, media.Rational{Num: -(1 << 62), Den: 3}},
		{6, least, media.Rational{Num: -3, Den: 1 << 62}},
		{least, least, media.Rational{Num: 1, Den: 1}},
		{least, 1, media.Rational{Num: -most, Den: 1}}, // the nearest there is
		{1, least, media.Rational{Num: 0, Den: 1}},
	}
	for _, tt := range tests {
		if got := media.NewRational(tt.num, tt.den); got != tt.want {
			t.Errorf("NewRational(%d, %d) = %v, want %v", tt.num, tt.den, got, tt.want)
		}
	}
}

func TestParseRational(t *testing.T) {
	tests := []struct {
		in   string
		want media.Rational
	}{
		{"", media.Rational{}},
		{"N/A", media.Rational{}},
		{"0/0", media.Rational{}},
		{"1/0", media.Rational{}},
		{"30000/1001", media.Rational{Num: 30000, Den: 1001}},
		{"16:9", media.Rational{Num: 16, Den: 9}},
		{"50/2", media.Rational{Num: 25, Den: 1}},
		{"29.97", media.Rational{Num: 2997, Den: 100}},
		{"3600.500000", media.Rational{Num: 7201, Den: 2}},
		{"-0.023220", media.Rational{Num: -1161, Den: 50000}},
		{"10", media.Rational{Num: 10, Den: 1}},
		{"0.000000", media.Rational{Num: 0, Den: 1}},
		{"010", media.Rational{Num: 10, Den: 1}}, // not octal
		{".5", media.Rational{Num: 1, Den: 2}},
		{"1/-9223372036854775808", media.Rational{Num: 0, Den: 1}},
		{"9223372036854775807/9223372036854775807", media.Rational{Num: 1, Den: 1}},
	}
	for _, tt := range tests {
		got, err := media.ParseRational(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseRational(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{
		"a", "/", "1/", "/1", "1//2", "1/2/3", "1:2/3", "1.5/2", "--1", "1-2", ".", "+", " 1", "1 ", "∞", "NaN", "Inf", "n/a",
		"1e9", "1e999999999", "0x10", "0b1", "0o7", "1_000", "1p9", // forms big.Rat would read
		"9223372036854775808", "9223372036854775808/1", "0.0000000000000000000000000001",
		strings.Repeat("9", 1<<20),
	} {
		if got, err := media.ParseRational(in); err == nil {
			t.Errorf("ParseRational(%.30q) = %v, want an error", in, got)
		}
	}
}

// Property: no panic, no hang, a positive denominator, and parse∘print = identity.
func FuzzParseRational(f *testing.F) {
	for _, s := range []string{
		"", "N/A", "0/0", "1/0", "30000/1001", "16:9", "29.97", "-0.5", "1e9", "0x1", "-9223372036854775808",
		"-9223372036854775808/6", "6/-9223372036854775808", "9223372036854775807/9223372036854775806", "-", "1:",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := media.ParseRational(s)
		if err != nil {
			if r.Known() {
				t.Errorf("%q: both %v and %v", s, r, err)
			}
			return
		}
		if r.Den < 0 || r.Num == least {
			t.Errorf("%q: %v is out of range", s, r)
		}
		if r != media.NewRational(r.Num, r.Den) {
			t.Errorf("%q: %v is not in lowest terms", s, r)
		}
		again, err := media.ParseRational(r.String())
		if err != nil || again != r {
			t.Errorf("%q: %v is read back as %v, %v", s, r, again, err)
		}
		_ = r.Decimal(6) // must not panic
	})
}

// Arithmetic agrees with big.Rat wherever the result fits, and elsewhere stays
// in range and errs on neither sign nor order of magnitude.
func FuzzArithmetic(f *testing.F) {
	f.Add(int64(30000), int64(1001), int64(1001), int64(30000))
	f.Add(int64(most), int64(1), int64(most), int64(2))
	f.Add(int64(1), int64(most), int64(1), int64(most))
	f.Add(int64(least), int64(3), int64(least), int64(7))
	f.Add(int64(0), int64(0), int64(5), int64(0))
	f.Add(int64(-9223372036854775580), int64(1), int64(1), int64(2)) // rounding added 1/2, which does not fit
	f.Add(int64(most), int64(most-1), int64(most-2), int64(most-4))
	f.Fuzz(func(t *testing.T, an, ad, bn, bd int64) {
		a, b := media.NewRational(an, ad), media.NewRational(bn, bd)
		x, y := toBig(a), toBig(b)
		check := func(op string, got media.Rational, want *big.Rat) {
			t.Helper()
			if got.Den <= 0 || got.Num == least || got != media.NewRational(got.Num, got.Den) {
				t.Fatalf("%v %s %v = %v, not a proper fraction", a, op, b, got)
			}
			limit := new(big.Rat).SetInt64(most)
			switch {
			case fits(want.Num()) && fits(want.Denom()):
				if toBig(got).Cmp(want) != 0 {
					t.Errorf("%v %s %v = %v, want %v", a, op, b, got, want)
				}
			case new(big.Rat).Abs(want).Cmp(limit) >= 0:
				if got.Den != 1 || got.Num != int64(want.Sign())*most {
					t.Errorf("%v %s %v = %v, want the greatest", a, op, b, got)
				}
			default: // the convergents of x are nearer to it than 1/(their denominator)
				off := new(big.Rat).Sub(toBig(got), want)
				if off.Abs(off).Cmp(big.NewRat(1, got.Den)) > 0 {
					t.Errorf("%v %s %v = %v, off by %v", a, op, b, got, off)
				}
			}
		}
		check("+", a.Add(b), new(big.Rat).Add(x, y))
		check("-", a.Sub(b), new(big.Rat).Sub(x, y))
		check("*", a.Mul(b), new(big.Rat).Mul(x, y))
		if b.Sign() == 0 {
			if a.Div(b).Known() {
				t.Errorf("%v / %v = %v, want unknown", a, b, a.Div(b))
			}
		} else {
			check("/", a.Div(b), new(big.Rat).Quo(x, y))
		}
		if product := a.MulInt(bn); a.Known() {
			check("*int", product, new(big.Rat).Mul(x, new(big.Rat).SetInt64(bn)))
		} else if product.Known() {
			t.Errorf("unknown * %d = %v", bn, product)
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() {
			t.Errorf("%v <=> %v: %d, sign %d", a, b, a.Cmp(b), a.Sign())
		}
		if floor, ceil := a.Floor(), a.Ceil(); media.NewRational(floor, 1).Cmp(a) > 0 || media.NewRational(ceil, 1).Cmp(a) < 0 || ceil-floor > 1 || a.Round() < floor || a.Round() > ceil {
			t.Errorf("%v: floor %d, round %d, ceil %d", a, floor, a.Round(), ceil)
		}
	})
}

func toBig(r media.Rational) *big.Rat {
	if !r.Known() {
		return new(big.Rat)
	}
	return big.NewRat(r.Num, r.Den)
}

func fits(n *big.Int) bool { return n.BitLen() < 64 }

func TestRounding(t *testing.T) {
	tests := []struct {
		num, den           int64
		floor, round, ceil int64
	}{
		{0, 0, 0, 0, 0},
		{7, 2, 3, 4, 4},
		{-7, 2, -4, -3, -3}, // halves go upward
		{-1, 3, -1, 0, 0},
		{5, 1, 5, 5, 5},
		{117353, 1000, 117, 117, 118}, // a real DurationMillis; its Duration was 118
		{most, 2, most / 2, 1 << 62, 1 << 62},
	}
	for _, tt := range tests {
		r := media.NewRational(tt.num, tt.den)
		if r.Floor() != tt.floor || r.Round() != tt.round || r.Ceil() != tt.ceil {
			t.Errorf("%v: floor %d round %d ceil %d, want %d %d %d", r, r.Floor(), r.Round(), r.Ceil(), tt.floor, tt.round, tt.ceil)
		}
	}
}

func TestDecimal(t *testing.T) {
	tests := []struct {
		num, den int64
		places   int
		want     string
	}{
		{0, 0, 2, "0"},
		{25, 1, 2, "25"},
		{100, 1, 0, "100"}, // zeros before the point stay
		{30000, 1001, 2, "29.97"},
		{24000, 1001, 2, "23.98"},
		{24000, 1001, 3, "23.976"},
		{60000, 1001, 3, "59.94"},
		{25, 2, 2, "12.5"},
		{1, 8, 2, "0.13"}, // half away from zero
		{-1, 8, 2, "-0.13"},
		{-1, 1000, 2, "0"}, // not "-0"
		{1, 3, 6, "0.333333"},
	}
	for _, tt := range tests {
		if got := media.NewRational(tt.num, tt.den).Decimal(tt.places); got != tt.want {
			t.Errorf("%d/%d with %d places = %q, want %q", tt.num, tt.den, tt.places, got, tt.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	var u media.Rational
	half := media.NewRational(1, 2)
	if u.Known() || u.Sign() != 0 || u.Inv().Known() || half.Div(u).Known() || u.String() != "0/0" {
		t.Errorf("0/0: known %v, sign %d, inverse %v, quotient %v, %q", u.Known(), u.Sign(), u.Inv(), half.Div(u), u)
	}
	if half.Add(u) != half || u.Add(half) != half || u.Cmp(half) != -1 {
		t.Errorf("0/0 must count as 0: %v, %v, %d", half.Add(u), u.Add(half), u.Cmp(half))
	}
}

func TestJSON(t *testing.T) {
	type values struct {
		Rate media.FrameRate
		At   media.Timestamp
		None media.Timestamp
	}
	in := values{Rate: media.Rate(60000, 2002), At: media.Seconds(-1, 3)}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Rate":"30000/1001","At":"-1/3","None":"0/0"}`; string(b) != want {
		t.Errorf("JSON %s, want %s", b, want)
	}
	var out values
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("read back as %v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"Rate":"fast"}`), &out); err == nil {
		t.Error("a rate that is no number was read")
	}
}
