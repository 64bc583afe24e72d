package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// ErrorDetail returns the StatusDetail of an error: "<code> <uuid>: <sentence>",
// which clients split at the first colon. The UUID is made from seed, so that
// the same failure always reads the same: pass what tells it from every other.
// Source: ET wire (real StatusDetails).
func ErrorDetail(code int, seed, sentence string) string {
	sum := sha256.Sum256([]byte(seed))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: a hash of our own
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%d %s-%s-%s-%s-%s: %s", code, h[:8], h[8:12], h[12:16], h[16:20], h[20:], sentence)
}
