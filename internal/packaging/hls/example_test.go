package hls_test

import (
	"fmt"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/hls"
)

func Example() {
	list, err := hls.ParseSegmentList([]byte(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:6
#EXTINF:6.000000,
seg00000.ts
#EXTINF:4.200000,
seg00001.ts
#EXT-X-ENDLIST
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	sizes := []int64{300000, 230000} // of the files
	for i := range list {
		list[i].URI = hls.RelativeURI("out/400k.m3u8", fmt.Sprintf("out/400k%05d.ts", i))
		list[i].Bytes = sizes[i]
	}
	fmt.Print(string(hls.MediaPlaylist(list)))

	peak, average := hls.Bandwidth(list)
	fmt.Print(string(hls.Master([]hls.Variant{{
		URI:           hls.RelativeURI("out/master.m3u8", "out/400k.m3u8"),
		PeakBandwidth: peak, AverageBandwidth: average,
		Codecs: []string{"avc1.42c01e", "mp4a.40.2"},
		Size:   media.Size{Width: 400, Height: 226}, FrameRate: media.Rate(24000, 1001),
	}})))
	// Output:
	// #EXTM3U
	// #EXT-X-VERSION:3
	// #EXT-X-ALLOW-CACHE:YES
	// #EXT-X-PLAYLIST-TYPE:VOD
	// #EXT-X-MEDIA-SEQUENCE:0
	// #EXT-X-TARGETDURATION:6
	// #EXTINF:6.000000,
	// 400k00000.ts
	// #EXTINF:4.200000,
	// 400k00001.ts
	// #EXT-X-ENDLIST
	// #EXTM3U
	// #EXT-X-VERSION:3
	// #EXT-X-INDEPENDENT-SEGMENTS
	// #EXT-X-STREAM-INF:BANDWIDTH=438096,AVERAGE-BANDWIDTH=415687,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=400x226,FRAME-RATE=23.976,PROGRAM-ID=1
	// 400k.m3u8
}

func ExampleRelativeURI() {
	fmt.Println(hls.RelativeURI("shows/1/master.m3u8", "shows/1/audio/talk & music.m3u8"))
	// Output: audio/talk%20%26%20music.m3u8
}
