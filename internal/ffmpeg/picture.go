package ffmpeg

import (
	"fmt"
	"strings"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// picture returns the filters that turn, fit and convert a frame of r.
func picture(r plan.Rendition) string {
	chain := turn(r.Turn)
	chain = append(chain, fit(r.Picture)...)
	return strings.Join(append(chain, "format="+r.PixelFormat), ",")
}

// turn returns the filters for a clockwise turn beyond the file's own rotation,
// which ffmpeg has applied before the graph.
func turn(degrees int) []string {
	switch degrees {
	case 90:
		return []string{"transpose=clock"}
	case 180:
		return []string{"hflip", "vflip"}
	case 270:
		return []string{"transpose=cclock"}
	}
	return nil
}

// fit returns the filters that scale, cut and pad a frame. The numbers are the
// plan's: ffmpeg computes none.
func fit(p plan.Picture) []string {
	// Video range out, also of full-range cameras: players assume it.
	chain := []string{fmt.Sprintf("scale=%d:%d:flags=bicubic:out_range=tv", p.Scale.Width, p.Scale.Height)}
	if p.Crop != p.Scale {
		x, y := middle(p.Scale, p.Crop)
		chain = append(chain, fmt.Sprintf("crop=%d:%d:%d:%d", p.Crop.Width, p.Crop.Height, x, y))
	}
	if p.Frame != p.Crop {
		x, y := middle(p.Frame, p.Crop)
		chain = append(chain, fmt.Sprintf("pad=%d:%d:%d:%d:color=black", p.Frame.Width, p.Frame.Height, x, y))
	}
	if p.Aspect.Sign() > 0 {
		return append(chain, "setdar="+p.Aspect.String())
	}
	return append(chain, "setsar=1")
}

// middle returns the even offset that centres inner in outer: chroma samples
// stand two by two.
func middle(outer, inner media.Size) (x, y int) {
	return (outer.Width - inner.Width) / 4 * 2, (outer.Height - inner.Height) / 4 * 2
}
