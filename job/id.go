package job

import (
	"fmt"
	"strings"

	"github.com/everframe/everframe/internal/fault"
)

// ID names a job, a pipeline or a preset: 13 digits (the creation time in
// milliseconds since 1970), a dash and six word characters. A job's id is also
// its Temporal workflow id. An ID inside an unchecked [Request] may be any
// text. Source: ET wire, shape Id.
type ID string

// IDAlphabet is what the last six characters of a new id are drawn from. Real
// ids use no others, although the pattern admits capitals and underscores.
const IDAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

const (
	idDigits = 13
	idSuffix = 6
)

// ParseID checks that s has the form of an id. It reports fault.Invalid with
// the API's text, which names the member "id" as path parameters do.
func ParseID(s string) (ID, error) {
	if !ID(s).Valid() {
		return "", fault.New("job.ParseID", fault.Invalid, 0,
			`1 validation error detected: Value '%s' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`, s)
	}
	return ID(s), nil
}

// NewID returns the id of something created ms milliseconds after 1970, with
// a suffix that the caller drew from [IDAlphabet]: this package has no
// randomness of its own. It panics if ms has more than 13 digits or is
// negative, or if suffix is not six characters of the alphabet.
func NewID(ms int64, suffix string) ID {
	id := ID(fmt.Sprintf("%013d-%s", ms, suffix))
	if ms < 0 || strings.Trim(suffix, IDAlphabet) != "" || !id.Valid() {
		panic(fmt.Sprintf("job.NewID(%d, %q): no such id", ms, suffix))
	}
	return id
}

// IDSuffix spells six characters of [IDAlphabet] from random bytes, one byte
// a character. Bytes from 252 up are skipped, so that every character is
// equally likely; ok is false if fewer than six usable bytes remain, and 16
// random bytes fail about once in 10^14.
func IDSuffix(random []byte) (suffix string, ok bool) {
	const usable = 256 / len(IDAlphabet) * len(IDAlphabet)
	var b strings.Builder
	for _, r := range random {
		if int(r) >= usable {
			continue
		}
		b.WriteByte(IDAlphabet[int(r)%len(IDAlphabet)])
		if b.Len() == idSuffix {
			return b.String(), true
		}
	}
	return "", false
}

// Valid tells whether id has the form of an id.
func (id ID) Valid() bool {
	if len(id) != idDigits+1+idSuffix || id[idDigits] != '-' {
		return false
	}
	for i, c := range []byte(id) {
		digit := '0' <= c && c <= '9'
		switch {
		case i < idDigits && !digit:
			return false
		case i > idDigits && !digit && c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			return false
		}
	}
	return true
}

// Account is whose jobs these are and where: the two halves of an ARN that do
// not come from the object itself.
type Account struct {
	ID     string // 12 digits, e.g. "123456789012"
	Region string // e.g. "us-east-1"
}

// The kinds of object that have an ARN.
const (
	KindJob      = "job"
	KindPipeline = "pipeline"
	KindPreset   = "preset"
)

// ARN returns the name of an object of kind [KindJob], [KindPipeline] or
// [KindPreset] that belongs to the account.
func (a Account) ARN(kind string, id ID) string {
	return "arn:aws:elastictranscoder:" + a.Region + ":" + a.ID + ":" + kind + "/" + string(id)
}
