// Package wire is the dialect of JSON that Elastic Transcoder's API speaks.
//
// [Unmarshal] reads what clients send: member names are case-sensitive,
// unknown members are skipped, scalars of another type become strings.
// [Marshal] prints what clients read back: unset members are explicit nulls.
// [Check] tests values against the API's constraints and words the violations
// as the API does:
//
//	type Thing struct {
//		Name  string   `json:"Name,omitzero" shape:"Name,required"`
//		Parts []string `json:"Parts,omitzero" shape:"Key,max=30" wire:"list"`
//	}
//
// The tag json names a member; shape names its constraint in the table of
// shapes.go; wire says what an unset member prints as: null when there is no
// tag, [] for "list", the zero value itself for "zero", nothing for "omit".
//
// The package knows no types of the API, only strings, integers, maps of
// strings, and structs and lists of them.
package wire
