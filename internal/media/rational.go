package media

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Rational is an exact fraction in lowest terms with a positive denominator.
// The zero value is 0/0, "unknown", which every method treats as zero. Use
// [NewRational] to make one: equal numbers are then equal values. Its text and
// JSON form is "num/den" ("25/1").
//
// Both parts lie in ±(2^63-1). A result that does not fit becomes the nearest
// fraction that does; only hostile numbers come that far.
type Rational struct {
	Num, Den int64
}

// NewRational returns num/den in lowest terms, and the unknown Rational when
// den is 0.
func NewRational(num, den int64) Rational {
	if den == 0 {
		return Rational{}
	}
	if num == math.MinInt64 || den == math.MinInt64 { // they have no opposite
		return fromBig(big.NewRat(num, den))
	}
	if den < 0 {
		num, den = -num, -den
	}
	if num == 0 {
		return Rational{0, 1}
	}
	g := gcd(abs(num), den)
	return Rational{num / g, den / g}
}

// ParseRational reads "30000/1001", "30000:1001" (ffprobe writes both forms)
// or a decimal such as "29.97". "0/0" and "N/A" are unknown, not an error.
func ParseRational(s string) (Rational, error) {
	if s == "" || s == "N/A" {
		return Rational{}, nil
	}
	if i := strings.IndexAny(s, "/:"); i >= 0 {
		num, err1 := strconv.ParseInt(s[:i], 10, 64)
		den, err2 := strconv.ParseInt(s[i+1:], 10, 64)
		if err1 != nil || err2 != nil {
			return Rational{}, fmt.Errorf("%q is not a fraction", s)
		}
		return NewRational(num, den), nil
	}
	// big.Rat reads exponents and other bases, too, and would compute
	// "1e999999999" in full.
	if len(s) > 40 || strings.Trim(s, "+-.0123456789") != "" {
		return Rational{}, fmt.Errorf("%q is not a number", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return Rational{}, fmt.Errorf("%q is not a number", s)
	}
	return NewRational(r.Num().Int64(), r.Denom().Int64()), nil
}

// Known reports whether r has a value.
func (r Rational) Known() bool { return r.Den != 0 }

// Sign returns -1, 0 or 1.
func (r Rational) Sign() int {
	switch {
	case r.Den == 0 || r.Num == 0:
		return 0
	case r.Num < 0:
		return -1
	}
	return 1
}

func (r Rational) big() *big.Rat {
	if r.Den == 0 {
		return new(big.Rat)
	}
	return big.NewRat(r.Num, r.Den)
}

// fromBig returns r, or when r does not fit the best fraction that does: the
// last convergent of its continued fraction.
func fromBig(r *big.Rat) Rational {
	if fits(r.Num()) && fits(r.Denom()) {
		return Rational{r.Num().Int64(), r.Denom().Int64()}
	}
	num, den := new(big.Int).Abs(r.Num()), new(big.Int).Set(r.Denom())
	p0, p := big.NewInt(0), big.NewInt(1)
	q0, q := big.NewInt(1), big.NewInt(0)
	for den.Sign() != 0 {
		whole, rest := new(big.Int).QuoRem(num, den, new(big.Int))
		pNext := new(big.Int).Add(new(big.Int).Mul(whole, p), p0)
		qNext := new(big.Int).Add(new(big.Int).Mul(whole, q), q0)
		if !fits(pNext) || !fits(qNext) {
			break
		}
		p0, p, q0, q = p, pNext, q, qNext
		num, den = den, rest
	}
	if q.Sign() == 0 { // above every int64
		p, q = big.NewInt(math.MaxInt64), big.NewInt(1)
	}
	if r.Sign() < 0 {
		p.Neg(p)
	}
	return Rational{p.Int64(), q.Int64()}
}

func fits(n *big.Int) bool { return n.BitLen() < 64 }

// Add returns r+o.
func (r Rational) Add(o Rational) Rational { return fromBig(new(big.Rat).Add(r.big(), o.big())) }

// Sub returns r-o.
func (r Rational) Sub(o Rational) Rational { return fromBig(new(big.Rat).Sub(r.big(), o.big())) }

// Mul returns r*o.
func (r Rational) Mul(o Rational) Rational { return fromBig(new(big.Rat).Mul(r.big(), o.big())) }

// Div returns r/o, unknown when o is zero.
func (r Rational) Div(o Rational) Rational {
	if o.Sign() == 0 {
		return Rational{}
	}
	return fromBig(new(big.Rat).Quo(r.big(), o.big()))
}

// Inv returns 1/r, unknown when r is zero.
func (r Rational) Inv() Rational { return NewRational(r.Den, r.Num) }

// Cmp returns -1, 0 or 1 as r is less than, equal to or greater than o.
func (r Rational) Cmp(o Rational) int { return r.big().Cmp(o.big()) }

// Floor returns the greatest integer ≤ r.
func (r Rational) Floor() int64 {
	if r.Den == 0 {
		return 0
	}
	q := r.Num / r.Den
	if r.Num%r.Den < 0 {
		q--
	}
	return q
}

// Ceil returns the least integer ≥ r.
func (r Rational) Ceil() int64 { return -Rational{-r.Num, r.Den}.Floor() }

// Round returns the nearest integer, halves upward.
func (r Rational) Round() int64 {
	q := r.Floor()
	if rest := r.Num - q*r.Den; r.Den != 0 && rest >= r.Den-rest {
		q++
	}
	return q
}

// MulInt returns r*n; unknown stays unknown.
func (r Rational) MulInt(n int64) Rational {
	hi, lo := bits.Mul64(uint64(abs(r.Num)), uint64(abs(n)))
	if hi == 0 && lo < 1<<62 {
		return NewRational(r.Num*n, r.Den)
	}
	return r.Mul(NewRational(n, 1))
}

// String returns "num/den".
func (r Rational) String() string {
	return strconv.FormatInt(r.Num, 10) + "/" + strconv.FormatInt(r.Den, 10)
}

// Decimal returns r in decimal with at most places digits after the point,
// rounded half away from zero and without trailing zeros: "29.97", "25".
func (r Rational) Decimal(places int) string {
	s := r.big().FloatString(places)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// MarshalText implements [encoding.TextMarshaler].
func (r Rational) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *Rational) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRational(string(b))
	return err
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
