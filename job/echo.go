package job

import "strings"

// echoFloat returns the decimal s as the API returns it: with at least one
// decimal and none that is not needed, so "10" is read back as "10.0".
// Text that is no decimal comes back unchanged.
// Source: real responses, e.g. SegmentDuration "2" as "2.0".
func echoFloat(s string) string {
	whole, frac, _ := strings.Cut(s, ".")
	if s == "" || strings.Trim(whole+frac, "0123456789") != "" || whole == "" {
		return s
	}
	whole, frac = strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		frac = "0"
	}
	return whole + "." + frac
}
