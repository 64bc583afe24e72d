package job

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/wire"
)

// Validate checks all of a request that needs neither presets nor the
// pipeline. It reports fault.Invalid with the text the API answers: every
// broken constraint of a single member at once (see wire.Check), else the
// first broken rule among several members.
//
// Source: ET's service model for the constraints; ET guide and real answers
// for the rules. Inferred: the texts of rules that no captured answer shows;
// each is marked where it is written.
func (r Request) Validate() error {
	const op = "job.Validate"
	if broken := wire.Check(r); broken != nil {
		return fault.New(op, fault.Invalid, 0, "%s", broken.Error())
	}
	for _, rule := range []func(Request) string{
		oneFormOfInput,
		oneFormOfOutput,
		segmentDurations,
		playlistNames,
		playlistKeys,
		playlistDirectory,
		playlistSegments,
		encryptions,
		protections,
		userMetadata,
	} {
		if text := rule(r); text != "" {
			return fault.New(op, fault.Invalid, 0, "%s", text)
		}
	}
	return nil
}

// Inferred: the text.
func oneFormOfInput(r Request) string {
	if (r.Input != nil) == (len(r.Inputs) > 0) {
		return "Exactly one of Input and Inputs must be specified."
	}
	return ""
}

// Inferred: the text.
func oneFormOfOutput(r Request) string {
	if (r.Output != nil) == (len(r.Outputs) > 0) {
		return "Exactly one of Output and Outputs must be specified."
	}
	return ""
}

// segmentDurations wants 1 to 60 seconds, as the guide says. Inferred: the
// text.
func segmentDurations(r Request) string {
	for _, o := range r.AllOutputs() {
		if o.SegmentDuration == "" {
			continue
		}
		whole, frac, _ := strings.Cut(o.SegmentDuration, ".")
		n, err := strconv.Atoi(whole)
		if err != nil || n < 1 || n > 60 || n == 60 && strings.Trim(frac, "0") != "" {
			return fmt.Sprintf("Output '%s' has a SegmentDuration of %s seconds. It must be between 1 and 60.", o.Key, o.SegmentDuration)
		}
	}
	return ""
}

const (
	maxMetadata      = 10
	maxMetadataKey   = 128
	maxMetadataValue = 256
)

var metadataText = regexp.MustCompile(`^[0-9A-Za-z _.:/=+\-%@]*$`)

// userMetadata keeps the documented bounds. Inferred: the texts.
func userMetadata(r Request) string {
	if n := len(r.UserMetadata); n > maxMetadata {
		return fmt.Sprintf("UserMetadata has %d key/value pairs. The maximum is %d.", n, maxMetadata)
	}
	for _, k := range sortedKeys(r.UserMetadata) {
		v := r.UserMetadata[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxMetadataKey:
			return fmt.Sprintf("The UserMetadata key '%s' must have between 1 and %d characters.", k, maxMetadataKey)
		case utf8.RuneCountInString(v) > maxMetadataValue:
			return fmt.Sprintf("The value of the UserMetadata key '%s' must have at most %d characters.", k, maxMetadataValue)
		case !metadataText.MatchString(k) || !metadataText.MatchString(v):
			return fmt.Sprintf("The UserMetadata key '%s' or its value has a character other than 0-9, A-Z, a-z, space and _.:/=+-%%@.", k)
		}
	}
	return ""
}
