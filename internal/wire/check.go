package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Violations are the constraints a value breaks, one text each, in the order
// of the members.
type Violations []string

// Error words the violations as one answer of the API.
// Source: real responses, e.g. "2 validation errors detected: Value …; Value …".
func (v Violations) Error() string {
	s := "s"
	if len(v) == 1 {
		s = ""
	}
	return fmt.Sprintf("%d validation error%s detected: %s", len(v), s, strings.Join(v, "; "))
}

// Check tests v, a struct or a pointer to one, against the shape tags of its
// fields and returns what is broken, nil if nothing is. A tag is a list of the
// name of a shape, "required" and "max=<members of a list or map>"; each part
// may be left out.
//
// An empty string that is not required breaks nothing: clients mean "none" by
// it, and this package does not tell it from an absent one.
func Check(v any) Violations {
	var c checker
	c.members(reflect.Indirect(reflect.ValueOf(v)), "")
	return c.found
}

// Match tells whether s satisfies the named shape, and if not, how the API
// says so of a member at path, e.g. "id". It serves parameters that are not
// in a body.
func Match(s, shapeName, path string) Violations {
	var c checker
	c.text(s, mustShape(shapeName), path)
	return c.found
}

type checker struct{ found Violations }

func (c *checker) add(value, path, must string) {
	c.found = append(c.found, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, path, must))
}

func (c *checker) members(v reflect.Value, prefix string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		c.value(v.Field(i), prefix+camel(name(f)), parseTag(f.Tag.Get("shape")))
	}
}

func (c *checker) value(v reflect.Value, path string, t tag) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct {
		c.members(v, path+".") // even of an empty one, which lacks what it requires
		return
	}
	if v.IsZero() {
		if t.required {
			c.add("null", path, "not be null")
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if t.shape != nil {
			c.text(v.String(), *t.shape, path)
		}
	case reflect.Slice:
		c.list(v, path, t)
	case reflect.Map:
		c.stringMap(v.Interface().(map[string]string), path, t)
	}
}

// list checks the members of v. Inferred: that they are named
// "outputs.1.member", as in other services of the same make.
func (c *checker) list(v reflect.Value, path string, t tag) {
	c.count(v.Len(), path, t)
	for i := range v.Len() {
		item := path + "." + strconv.Itoa(i+1) + ".member"
		if e := v.Index(i); e.Kind() == reflect.String && t.shape != nil {
			c.text(e.String(), *t.shape, item) // an empty item is no absent one
		} else {
			c.value(e, item, t)
		}
	}
}

func (c *checker) stringMap(m map[string]string, path string, t tag) {
	c.count(len(m), path, t)
	if t.shape == nil {
		return
	}
	for _, k := range sortedKeys(m) {
		c.text(k, *t.shape, path)
		c.text(m[k], *t.shape, path+"."+k+".member")
	}
}

// count checks how many members a list or map has. Inferred: the value in the
// text, where ET printed the members' own text.
func (c *checker) count(n int, path string, t tag) {
	value := fmt.Sprintf("'[%d members]'", n)
	if t.max > 0 && n > t.max {
		c.add(value, path, "have length less than or equal to "+strconv.Itoa(t.max))
	}
	if t.required && n == 0 {
		c.add(value, path, "have length greater than or equal to 1")
	}
}

func (c *checker) text(s string, want shape, path string) {
	n, value := len(utf16.Encode([]rune(s))), "'"+s+"'" // lengths are Java's: UTF-16 units
	if want.max > 0 && n > want.max {
		c.add(value, path, "have length less than or equal to "+strconv.Itoa(want.max))
	}
	if n < want.min {
		c.add(value, path, "have length greater than or equal to "+strconv.Itoa(want.min))
	}
	if want.match != nil && !want.match.MatchString(s) {
		c.add(value, path, "satisfy regular expression pattern: "+want.pattern)
	}
}

// tag is a parsed shape tag.
type tag struct {
	shape    *shape
	required bool
	max      int
}

func parseTag(s string) (t tag) {
	for part := range strings.SplitSeq(s, ",") {
		if n, ok := strings.CutPrefix(part, "max="); ok {
			t.max, _ = strconv.Atoi(n)
		} else if part == "required" {
			t.required = true
		} else if part != "" {
			sh := mustShape(part)
			t.shape = &sh
		}
	}
	return t
}

func mustShape(name string) shape {
	s, ok := shapes[name]
	if !ok {
		panic("wire: no shape " + name) // a tag of ours, not a body
	}
	return s
}

// camel returns a member's name as the API's texts spell it: outputKeyPrefix.
func camel(member string) string {
	for i, r := range member {
		return string(unicode.ToLower(r)) + member[i+len(string(r)):]
	}
	return ""
}
