package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Marshal prints v, a struct or a pointer to one, as the API does. Members
// come in the order of the fields, those of embedded structs in their place;
// maps are sorted. It fails only for a type the dialect does not have.
func Marshal(v any) ([]byte, error) {
	var p printer
	if err := p.value(reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	return p.Bytes(), nil
}

type printer struct{ bytes.Buffer }

func (p *printer) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		p.string(v.String())
	case reflect.Int64:
		p.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Pointer:
		if !v.IsNil() {
			return p.value(v.Elem())
		}
		p.WriteString("null")
	case reflect.Struct:
		p.WriteByte('{')
		n := 0
		if err := p.members(v, &n); err != nil {
			return err
		}
		p.WriteByte('}')
	case reflect.Slice:
		if v.IsNil() {
			p.WriteString("null")
			return nil
		}
		p.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				p.WriteByte(',')
			}
			if err := p.value(v.Index(i)); err != nil {
				return err
			}
		}
		p.WriteByte(']')
	case reflect.Map:
		return p.stringMap(v)
	default:
		return fmt.Errorf("wire: no JSON for %s", v.Type())
	}
	return nil
}

// members prints the fields of v; n counts what the object has so far.
func (p *printer) members(v reflect.Value, n *int) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if err := p.members(v.Field(i), n); err != nil {
				return err
			}
			continue
		}
		unset := v.Field(i).IsZero()
		how := f.Tag.Get("wire")
		if unset && how == "omit" {
			continue
		}
		if *n > 0 {
			p.WriteByte(',')
		}
		*n++
		p.string(name(f))
		p.WriteByte(':')
		switch {
		case unset && how == "list":
			p.WriteString("[]")
		case unset && how != "zero" && f.Type.Kind() != reflect.Struct:
			p.WriteString("null")
		default:
			if err := p.value(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *printer) stringMap(v reflect.Value) error {
	m, ok := v.Interface().(map[string]string)
	if !ok {
		return fmt.Errorf("wire: no JSON for %s", v.Type())
	}
	if m == nil {
		p.WriteString("null")
		return nil
	}
	p.WriteByte('{')
	for i, k := range sortedKeys(m) {
		if i > 0 {
			p.WriteByte(',')
		}
		p.string(k)
		p.WriteByte(':')
		p.string(m[k])
	}
	p.WriteByte('}')
	return nil
}

func (p *printer) string(s string) {
	b, _ := json.Marshal(s) // a string always marshals
	p.Write(b)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// name returns the member name of a field.
func name(f reflect.StructField) string {
	n, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return n
}
