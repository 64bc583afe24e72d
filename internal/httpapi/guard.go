package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/everframe/everframe/internal/fault"
)

// guard refuses what a web page of another site makes a browser send. It
// reports fault.Denied.
//
// State-changing requests are [http.CrossOriginProtection]'s to judge. Reads
// from another site are refused as well, except for following a link, whose
// answer the site does not see. Old browsers do not say where a read comes
// from; without CORS headers they show the site nothing either.
func (a *api) guard(r *http.Request) error {
	if err := a.crossOrigin.Check(r); err != nil {
		return fault.New("httpapi.guard", fault.Denied, 0, "Cross-site requests are not allowed.").Because(err)
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return fault.New("httpapi.guard", fault.Denied, 0, "Cross-site requests are not allowed.")
	}
	// A page whose own name was made to resolve to this machine is same-origin
	// to the browser; but the name it asks for gives it away. With
	// authentication such a page lacks the key.
	if a.Authenticate == nil && !a.knownHost(r.Host) {
		return fault.New("httpapi.guard", fault.Denied, 0,
			"This server is open to its own machine only: use localhost or a loopback address as the host.")
	}
	return nil
}

// knownHost tells whether an open server answers to the Host header host.
func (a *api) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if ip, err := netip.ParseAddr(name); err == nil && ip.IsLoopback() {
		return true
	}
	return name == "localhost" || slices.ContainsFunc(a.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}
