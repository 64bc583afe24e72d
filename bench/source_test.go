package bench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// made makes an input with ffmpeg, once a run, and returns its path.
func made(b *testing.B, name string, args ...string) string {
	b.Helper()
	path := filepath.Join(sharedDir(b), name+".mp4")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	args = append([]string{"ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y"}, args...)
	args = append(args, "-shortest", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
	run(b, sharedDir(b), args)
	return path
}

// camera returns a minute that is about as hard to encode as what a camera
// sees: detail that moves at several speeds, and the noise of a sensor.
func camera(b *testing.B, width, height int) string {
	b.Helper()
	picture := fmt.Sprintf("testsrc2=s=%dx%d:r=25:d=60,noise=alls=5:allf=t", width, height)
	return made(b, fmt.Sprintf("camera-%d", height), "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "aevalsrc='0.2*random(0)|0.2*sin(880*t)':d=60")
}
