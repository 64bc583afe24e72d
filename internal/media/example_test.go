package media_test

import (
	"fmt"

	"github.com/everframe/everframe/internal/media"
)

// The 1800th frame of NTSC video begins at 60.06 s, exactly; the 30 frames a
// second people say it has would put it at 60.
func Example() {
	rate, _ := media.ParseFrameRate("30000/1001")
	at := rate.FrameTime(1800)
	fmt.Println(rate, "is", rate.Decimal(2), "fps; frame 1800 is at", at, "=", at.Decimal(3), "s")
	fmt.Println("and", at.Decimal(3), "s are", rate.Frames(at), "frames")
	// Output:
	// 30000/1001 is 29.97 fps; frame 1800 is at 3003/50 = 60.06 s
	// and 60.06 s are 1800 frames
}
