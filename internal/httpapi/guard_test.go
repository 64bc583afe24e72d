package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/httpapi"
)

// TestCrossSite sends what browsers send for pages of other sites.
func TestCrossSite(t *testing.T) {
	r := serve(t)
	for _, c := range []struct {
		name, method, path string
		headers            []string
		refused            bool
	}{
		{"no browser", "POST", "/2012-09-25/pipelines", nil, false},
		{"own page", "POST", "/2012-09-25/pipelines", []string{"Sec-Fetch-Site: same-origin"}, false},
		{"other site's form", "POST", "/2012-09-25/pipelines", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, true},
		{"other port's page", "POST", "/2012-09-25/pipelines", []string{"Sec-Fetch-Site: same-site"}, true},
		{"old browser", "POST", "/2012-09-25/pipelines", []string{"Origin: https://evil.example"}, true},
		{"sandboxed page", "POST", "/2012-09-25/pipelines", []string{"Origin: null"}, true},
		{"delete", "DELETE", "/2012-09-25/jobs/" + unknownID, []string{"Sec-Fetch-Site: cross-site"}, true},
		{"upload", "PUT", "/files/videos/x", []string{"Sec-Fetch-Site: cross-site"}, true},
		{"read", "GET", "/2012-09-25/pipelines", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, true},
		{"embedded file", "GET", "/files/videos/x", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, true},
		{"followed link", "GET", "/files/videos/x", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, false},
		{"preflight", "OPTIONS", "/2012-09-25/jobs", []string{"Origin: https://evil.example", "Access-Control-Request-Method: POST", "Sec-Fetch-Site: cross-site"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.send(c.method, c.path, pipelineBody, c.headers...)
			if refused := got.StatusCode == 403 && got.errorType() == "AccessDeniedException"; refused != c.refused {
				t.Errorf("got %d %s, want refused: %t", got.StatusCode, got.body, c.refused)
			}
			for h := range got.Header {
				if strings.HasPrefix(h, "Access-Control-") {
					t.Errorf("got header %s, want no CORS", h)
				}
			}
		})
	}
}

// TestHosts checks by which names an open server answers: a page whose name
// was rebound to this machine still asks for its own.
func TestHosts(t *testing.T) {
	open := serve(t, func(c *httpapi.Config) { c.Hosts = []string{"Transcoder.internal"} })
	signed := serve(t, func(c *httpapi.Config) {
		c.Authenticate = func(*http.Request) (string, error) { return "key", nil }
	})
	for host, answered := range map[string]bool{
		"localhost":                   true,
		"LOCALHOST.:8080":             true,
		"127.0.0.1:8080":              true,
		"127.8.9.10":                  true,
		"[::1]:8080":                  true,
		"[::1]":                       true,
		"transcoder.internal:8443":    true,
		"evil.example":                false,
		"evil.example:8080":           false,
		"localhost.evil.example":      false,
		"127.0.0.1.evil.example":      false,
		"10.0.0.1":                    false,
		"0.0.0.0:8080":                false,
		"transcoder.internal.evil":    false,
		"localhost:8080@evil":         false,
		"elastictranscoder.amazonaws": false,
	} {
		if got := open.send("GET", "/2012-09-25/pipelines", "", "Host: "+host); (got.StatusCode == 200) != answered {
			t.Errorf("open server, host %s: got %d, want answered: %t", host, got.StatusCode, answered)
		}
		if strings.Contains(host, "@") {
			continue // net/http refuses it by itself
		}
		if got := signed.send("GET", "/2012-09-25/pipelines", "", "Host: "+host); got.StatusCode != 200 {
			t.Errorf("authenticated server, host %s: got %d, want 200", host, got.StatusCode)
		}
	}
}

// TestAuthenticate checks that the seam sees the whole body, names the caller
// in the log, and is asked for everything but probes.
func TestAuthenticate(t *testing.T) {
	var seen string
	r := serve(t, func(c *httpapi.Config) {
		c.Authenticate = func(r *http.Request) (string, error) {
			if r.Method == "POST" {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					return "", err
				}
				seen = string(b)
			}
			if r.Header.Get("Authorization") != "key" {
				return "", fault.New("sigv4", fault.Denied, 0, "General authentication failure. The client did not correctly sign the request.")
			}
			return "ada", nil
		}
	})
	for _, c := range []struct{ method, path string }{
		{"POST", "/2012-09-25/pipelines"},
		{"GET", "/2012-09-25/presets"},
		{"PUT", "/2012-09-25/pipelines/" + unknownID}, // not available, and not to be asked by strangers
		{"GET", "/files/videos/x"},
		{"PUT", "/files/videos/x"},
	} {
		got := r.send(c.method, c.path, pipelineBody)
		if got.StatusCode != 403 || got.message(t) != "General authentication failure. The client did not correctly sign the request." {
			t.Errorf("%s %s unsigned: got %d %s", c.method, c.path, got.StatusCode, got.body)
		}
	}
	if n := len(r.backend.pipelines); n != 0 {
		t.Errorf("pipelines: got %d, want none made by strangers", n)
	}
	got := r.send("POST", "/2012-09-25/pipelines", pipelineBody, "Authorization: key")
	if got.StatusCode != 201 || seen != pipelineBody {
		t.Errorf("signed: got %d %s; authenticator saw %q", got.StatusCode, got.body, seen)
	}
	if l := r.line(got.Header.Get("x-amzn-RequestId")); l["principal"] != "ada" {
		t.Errorf("log: got %v, want the principal", l)
	}
	if got := r.send("GET", "/healthz", ""); got.StatusCode != 200 {
		t.Errorf("health: got %d, want 200", got.StatusCode)
	}
}
