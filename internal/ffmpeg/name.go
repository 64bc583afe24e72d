package ffmpeg

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/everframe/everframe/internal/plan"
)

// identity is what, besides the arguments, decides an encode's bytes.
type identity struct {
	Encoder string // the encoder's build, as it names itself
	Bucket  string
	Key     string
	Bytes   int64
	ETag    string
	Args    []string
}

// ChunkName returns the content name of rendition number i of s: a hash of
// everything that decides its bytes, and of nothing else. The same rendition
// encoded alone or beside others has the same name. encoder names the build of
// ffmpeg and its libraries.
func ChunkName(s EncodeStep, i int, encoder string) string {
	alone := s
	alone.Renditions = []plan.Rendition{s.Renditions[i]}
	return name(s.Input, encoder, Encode(alone, EncodeFiles{Source: "in", Out: []string{"out"}, Hashes: "hashes"}))
}

// TrackName returns the content name of an encoded track.
func TrackName(in plan.Input, t plan.Track, encoder string) string {
	return name(in, encoder, EncodeTrack(in, t, "in", "out"))
}

func name(in plan.Input, encoder string, args []string) string {
	b, err := json.Marshal(identity{encoder, in.Ref.Bucket, in.Ref.Key, in.Bytes, in.ETag, args})
	if err != nil { // strings and numbers always encode
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
