package plan

import "github.com/everframe/everframe/internal/media"

// OvershootWarning is in StatusDetail of an output with a segment of a higher
// bit rate than its playlist would otherwise state. Text seen on the real wire.
const OvershootWarning = "Some individual segment files for this output have a higher bit rate than the average bit rate of the transcoded media. Playlists including this output will record a higher bit rate than the rate specified by the preset."

// transportShare is what a transport stream needs for itself, whatever it
// carries: tables, clock references, the rest of half-filled packets.
const transportShare media.BitRate = 20_000

// Overshoots reports whether segments exceed what the preset asks of picture
// and sound together by more than a tenth and the transport stream's own share.
// Inferred: the real threshold is not known.
func Overshoots(peak media.BitRate, r *Rendition, t *Track) bool {
	var wanted media.BitRate
	if r != nil {
		if r.BitRate == 0 {
			return false // the preset names no rate
		}
		wanted += r.BitRate
	}
	if t != nil {
		wanted += t.BitRate
	}
	return peak > wanted+wanted/10+transportShare
}
