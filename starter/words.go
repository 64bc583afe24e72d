package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/everframe/everframe/job"
)

// bytesText spells a number of bytes with two or three digits that matter.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n), 0
	for v >= 999.5 && unit < 5 {
		v /= 1000
		unit++
	}
	format := "%.0f %cB"
	if v < 99.95 {
		format = "%.1f %cB"
	}
	return fmt.Sprintf(format, v, " kMGTP"[unit])
}

// durationText spells milliseconds as [h:]mm:ss.mmm.
func durationText(ms int64) string {
	h, m, s := ms/3_600_000, ms/60_000%60, ms/1000%60
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d.%03d", h, m, s, ms%1000)
	}
	return fmt.Sprintf("%d:%02d.%03d", m, s, ms%1000)
}

// leftText spells a wait in whole seconds, as [h:]m:ss.
func leftText(d time.Duration) string {
	s := int64((d + time.Second/2) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func timeText(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).Format(time.DateTime)
}

func frameText(o job.OutputRecord) string {
	if o.Width == 0 || o.Height == 0 {
		return "-"
	}
	return fmt.Sprintf("%dx%d", o.Width, o.Height)
}

// detailText spells a StatusDetail for people: an error's "<code> <uuid>:
// <sentence>" loses the uuid, which only the server's operator can use.
func detailText(detail string) string {
	head, sentence, ok := strings.Cut(detail, ": ")
	code, id, found := strings.Cut(head, " ")
	if !ok || !found || len(code) != 4 || strings.Trim(code, "0123456789") != "" || len(id) != 36 {
		return detail
	}
	return "error " + code + ": " + sentence
}

// slug spells s in lower-case letters, digits and dashes, at most 60 of them,
// for keys that need no escaping anywhere.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 60 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
