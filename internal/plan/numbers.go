package plan

import (
	"strconv"
	"strings"

	"github.com/everframe/everframe/internal/fault"
)

// numbers reads the API's numeric strings and keeps the first error, so that a
// literal of many fields needs one check.
type numbers struct {
	err error
}

// optional returns s as a whole number, 0 when it is empty.
func (n *numbers) optional(field, s string) int64 {
	if s == "" {
		return 0
	}
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil || v < 0 {
		if n.err == nil {
			n.err = invalid(field, s)
		}
		return 0
	}
	return v
}

// orAuto returns s as a whole number, auto when it is empty or "auto".
func (n *numbers) orAuto(field, s string, auto int64) int64 {
	if s == "" || s == "auto" {
		return auto
	}
	return n.optional(field, s)
}

func splitResolution(s string) (width, height int, ok bool) {
	w, h, found := strings.Cut(s, "x")
	width, err1 := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	return width, height, found && err1 == nil && err2 == nil && width > 0 && height > 0
}

func invalid(field, value string) error {
	return fault.New("plan", fault.Invalid, 0, "The value '%s' of %s is not valid.", value, field)
}
