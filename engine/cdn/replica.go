package cdn

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// A Replica is the handler of a web server that serves the content of customers from a cache.
type Replica struct {
	Cache     *webcache.Cache
	Customers []Customer
}

// A Customer is a site whose content the network serves.
type Customer struct {
	// At is how clients ask for the content: "/name" as the first part of a path, or a host name.
	At string
	// Origin is what takes the place of the host, or of the host and At: "http://host" or "http://host/folder".
	Origin *url.URL
}

// NewCustomer reads the two parts.
func NewCustomer(at, origin string) (Customer, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return Customer{}, &CustomerError{at, fmt.Sprintf("its origin is %.200q, want a URL such as http://host/folder", origin)}
	}
	if name := strings.TrimPrefix(at, "/"); name == "" || strings.ContainsAny(name, "/ ?#") {
		return Customer{}, &CustomerError{at, "want a host name, or a name behind a slash"}
	}
	return Customer{at, u}, nil
}

// A CustomerError says what is wrong with a customer.
type CustomerError struct{ At, Text string }

// Error returns the text with the package's name.
func (e *CustomerError) Error() string { return fmt.Sprintf("cdn: customer %.100q: %s", e.At, e.Text) }

// Code returns "invalid".
func (e *CustomerError) Code() string { return "invalid" }

// Answer is the handler. Whoever is no customer is refused with 403, and 400 answers a path with "..", which would lead out of a customer's folder at the origin.
func (r *Replica) Answer(request *http.Request) *http.Response {
	host, _, _ := strings.Cut(request.Host, ":")
	if slices.Contains(strings.Split(request.URL.Path, "/"), "..") {
		return http.Text(400, "400 Bad Request: a path that leads upwards")
	}
	for _, c := range r.Customers {
		rest, ok := request.URL.EscapedPath(), strings.EqualFold(c.At, host) // as it was written: %2F is not a slash
		if strings.HasPrefix(c.At, "/") {
			rest, ok = strings.CutPrefix(rest, c.At)
			ok = ok && (rest == "" || rest[0] == '/')
		}
		if !ok {
			continue
		}
		u := *request.URL
		u.Scheme, u.Host, u.RawPath = "http", c.Origin.Host, cmp.Or(strings.TrimSuffix(c.Origin.EscapedPath(), "/")+rest, "/")
		u.Path, _ = url.PathUnescape(u.RawPath) // both parts of it were read before
		inner := request.Clone(request.Context())
		inner.URL, inner.Host, inner.RequestURI = &u, u.Host, ""
		return r.Cache.Answer(inner)
	}
	return http.Text(403, "403 Forbidden: this network does not serve "+request.Host+request.URL.Path)
}

// Purge forgets what is kept of a customer's URL at the origin, and reports whether there was anything.
func (r *Replica) Purge(origin string) bool { return r.Cache.Purge(origin) }
