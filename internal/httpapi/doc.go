// Package httpapi serves Elastic Transcoder's REST API (version 2012-09-25)
// and the files of its buckets over HTTP.
//
//	handler := httpapi.New(httpapi.Config{
//		Account:   job.Account{ID: "123456789012", Region: "us-east-1"},
//		Jobs:      jobs,
//		Pipelines: pipelines,
//		Presets:   httpapi.SystemPresets(account),
//		Files:     store,
//	})
//
// The operations are the rows of one table (operations.go); each reads its
// parameters, checks the whole request and then asks a backend, whose
// interfaces are declared here (backend.go). Errors become answers in one
// place (errors.go).
//
// # Who may ask
//
// Without Config.Authenticate the handler is open: anyone who reaches it may
// do anything, and any or no signature is accepted. It is then meant for a
// loopback address only, the file endpoint above all, and two guards keep the
// web pages in a user's browser from being "anyone": a request must name the
// server by a loopback name (a rebound DNS name does not), and must not come
// from another site. No CORS headers are sent.
//
// # Files
//
//	GET|HEAD /files/{bucket}/{key}   an object, with ranges and ETags
//	PUT      /files/{bucket}/{key}   makes an object; 409 when it is there
//
// The key is the rest of the path, decoded once: "a//b" and "../c" are keys
// like any other, as in S3. The work bucket is never served.
//
// The package does not listen, does not verify signatures and keeps nothing.
package httpapi
