package media

// FrameRate is a number of frames per second, exact: 30000/1001, not 29.97.
// The zero value means unknown.
type FrameRate struct{ Rational }

// Rate returns num/den frames per second.
func Rate(num, den int64) FrameRate { return FrameRate{NewRational(num, den)} }

// ParseFrameRate reads "30000/1001" or a decimal; "0/0" is unknown.
func ParseFrameRate(s string) (FrameRate, error) {
	r, err := ParseRational(s)
	return FrameRate{r}, err
}

// FrameTime returns the time at which frame n (from 0) of a stream of rate r
// begins, in seconds.
func (r FrameRate) FrameTime(n int64) Timestamp {
	return Timestamp{r.Inv().MulInt(n)}
}

// Frames returns how many frames of rate r fill d, to the nearest one.
func (r FrameRate) Frames(d Timestamp) int64 { return r.Mul(d.Rational).Round() }

// Timestamp is a point in time or a duration in seconds, exact.
// The zero value means unknown, which counts as 0 s.
type Timestamp struct{ Rational }

// Seconds returns num/den seconds.
func Seconds(num, den int64) Timestamp { return Timestamp{NewRational(num, den)} }

// Millis returns ms milliseconds.
func Millis(ms int64) Timestamp { return Seconds(ms, 1000) }

// ParseTimestamp reads decimal seconds as ffprobe prints them ("3600.500000");
// "N/A" is unknown.
func ParseTimestamp(s string) (Timestamp, error) {
	r, err := ParseRational(s)
	return Timestamp{r}, err
}

// Millis returns t in milliseconds, to the nearest one.
func (t Timestamp) Millis() int64 { return t.MulInt(1000).Round() }

// CeilSeconds returns t in whole seconds, rounded up: what Elastic Transcoder
// shows as an output's Duration.
func (t Timestamp) CeilSeconds() int64 { return t.Ceil() }

// Plus returns t+o.
func (t Timestamp) Plus(o Timestamp) Timestamp { return Timestamp{t.Add(o.Rational)} }

// Minus returns t-o.
func (t Timestamp) Minus(o Timestamp) Timestamp { return Timestamp{t.Sub(o.Rational)} }

// Less reports whether t is before o.
func (t Timestamp) Less(o Timestamp) bool { return t.Cmp(o.Rational) < 0 }

// FFmpeg returns t in decimal seconds with microseconds, the finest an ffmpeg
// time option keeps.
func (t Timestamp) FFmpeg() string { return t.big().FloatString(6) }
