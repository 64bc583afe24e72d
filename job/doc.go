// Package job holds what a customer asks for and gets back: jobs, pipelines
// and their parts, in the JSON of Elastic Transcoder's API (version
// 2012-09-25), with the API's defaults, validation texts and states.
//
// [ParseRequest] reads the body of CreateJob, [Request.Validate] checks all
// that needs no preset and no pipeline, and [New] turns the request into the
// record that clients read back:
//
//	req, err := job.ParseRequest(body)
//	if err == nil {
//		err = req.Validate()
//	}
//	j := job.New(id, req, job.Account{ID: "123456789012", Region: "us-east-1"}, now.UnixMilli())
//
// Values stay the strings they are on the wire; package plan turns them into
// exact numbers. In every type here the empty string, the nil slice and the
// nil pointer mean "not given". The few members where the API tells an empty
// string from an absent one are pointers.
//
// Checks that need presets are in package presets; nothing here reads a
// clock, makes random ids or stores anything.
package job
