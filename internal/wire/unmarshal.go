package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// FormError says that a body is no JSON, or has a structure where the API
// takes none. Its text is what the API answers.
type FormError struct{ Text string }

func (e *FormError) Error() string { return e.Text }

// The texts of a [FormError]. The first is ET's own (seen on the wire).
// Inferred: the others, which other services of the same make answer.
const (
	textStruct = "Start of structure or map found where not expected."
	textList   = "Start of list found where not expected."
	textNoList = "Expected list or null"
	textScalar = "Unexpected field type"
)

// Unmarshal reads the object data into the struct that v points to. It
// replaces what was there. An empty body and null are an empty object.
//
// Members match fields by their exact name; others are skipped, and null is
// the same as an absent member. Inferred: a number or a boolean where a
// string is wanted becomes its JSON text, as the API's own parser did it.
// It reports a *[FormError] for anything else that does not fit.
func Unmarshal(data []byte, v any) error {
	var tree any
	if len(bytes.TrimSpace(data)) > 0 {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber() // 10.50 stays the text the client wrote
		if err := d.Decode(&tree); err != nil {
			return notJSON(err)
		}
		if _, err := d.Token(); err != io.EOF {
			return notJSON(fmt.Errorf("data after the object"))
		}
	}
	to := reflect.ValueOf(v).Elem()
	to.SetZero()
	return read(tree, to)
}

func notJSON(err error) error {
	if err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("unexpected end of the body")
	}
	return &FormError{"Could not parse request body into json: " + err.Error()} // Inferred: the text
}

// read puts the decoded JSON value from into the field to.
func read(from any, to reflect.Value) error {
	if from == nil {
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return read(from, to.Elem())
	case reflect.String:
		return readString(from, to)
	case reflect.Slice:
		return readList(from, to)
	case reflect.Map:
		return readMap(from, to)
	case reflect.Struct:
		members, ok := from.(map[string]any)
		if !ok {
			return misplaced(from)
		}
		return readStruct(members, to)
	default:
		panic("wire: cannot read into " + to.Type().String()) // a type of ours, not a body
	}
}

func readString(from any, to reflect.Value) error {
	switch s := from.(type) {
	case string:
		to.SetString(s)
	case json.Number:
		to.SetString(s.String())
	case bool:
		to.SetString(strconv.FormatBool(s))
	default:
		return misplaced(from)
	}
	return nil
}

func readList(from any, to reflect.Value) error {
	list, ok := from.([]any)
	if !ok {
		if _, object := from.(map[string]any); object {
			return &FormError{textStruct}
		}
		return &FormError{textNoList}
	}
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, item := range list {
		if err := read(item, to.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func readMap(from any, to reflect.Value) error {
	members, ok := from.(map[string]any)
	if !ok {
		return misplaced(from)
	}
	m := make(map[string]string, len(members))
	for k, item := range members {
		var s string
		if err := read(item, reflect.ValueOf(&s).Elem()); err != nil {
			return err
		}
		m[k] = s
	}
	to.Set(reflect.ValueOf(m))
	return nil
}

func readStruct(members map[string]any, to reflect.Value) error {
	for i := range to.NumField() {
		if err := read(members[name(to.Type().Field(i))], to.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// misplaced words what from is where something else was wanted.
func misplaced(from any) error {
	switch from.(type) {
	case map[string]any:
		return &FormError{textStruct}
	case []any:
		return &FormError{textList}
	default:
		return &FormError{textScalar}
	}
}
