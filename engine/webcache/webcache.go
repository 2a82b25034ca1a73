// Package webcache is a web cache (RFC 9111): a proxy that clients are told to use, or a gateway in front of one origin server, which keeps
// what may be kept and answers with it as long as it is fresh, or when the origin says that it has not changed.
//
// It is a shared cache. What a response says with Cache-Control, Expires, Date, Age and Vary counts, and what a request says with
// Cache-Control; where a response says nothing, it is fresh for a tenth of the time since its last change (RFC 9111 4.2.2). Answers to HEAD, to
// conditional requests and to requests for ranges are made of stored answers to GET.
//
// What is not for a cache goes through it: other methods, requests with If-Match or If-Unmodified-Since, and connections that clients ask for with
// CONNECT, as for https.
//
// Left out: the storing of partial content, and Warning, which RFC 9111 has dropped.
package webcache

import (
	"container/list"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Port is where proxies are expected.
const Port = 3128

// A Cache answers for an http.Server, by Answer and, where it is a proxy, by Connect. Stack is needed; set the fields before the first request.
type Cache struct {
	Stack  *stack.Stack
	Client *http.Client // asks origin servers; nil is one that keeps connections, and takes answers of any length, as one should
	Name   string       // in Via and Cache-Status, without spaces; "" is the host's name
	Origin string       // "host:port" of the server before which this is a gateway; "" for a proxy
	Ports  []int        // to which CONNECT may lead (RFC 9110 9.3.6); nil means 443

	MaxBytes  int64         // of all that is kept; 0 means 64 MiB
	MaxObject int64         // of one body; 0 means 8 MiB
	Heuristic float64       // the part of its age at the last change that an answer stays fresh; 0 means 0.1, less than 0 none
	Longest   time.Duration // for which that may be; 0 means 24 hours

	stats   Stats
	objects map[string]*list.Element // of *object, by URL
	recent  list.List                // the object used last in front
	coming  map[string]*sim.Queue    // URLs that are being fetched: who wants one waits until it is kept, or will not be
	bytes   int64
	pending int64 // bytes of answers that come and may be kept
}

// waiting is how long a request waits for another one for the same URL: whoever reads that answer may be slow.
const waiting = 5 * time.Second

// Stats are counters of a cache. Each request is a hit, a validation or a miss, or it was refused or failed.
type Stats struct {
	Requests    int
	Hits        int   // answered without asking the origin
	Validations int   // answered from the store after the origin had said that nothing has changed (304)
	Misses      int   // answered by the origin
	Failures    int   // answered with 4xx or 5xx of the cache's own
	Tunnels     int   // connections that CONNECT has made; they are no requests
	Stale       int   // of the hits: stale, as the origin did not answer
	Evicted     int   // variants that had to make room
	FromStore   int64 // bytes of bodies
	FromOrigin  int64
	Objects     int // that are kept now
	Bytes       int64
	Pending     int64 // bytes of answers that are on their way into the store; together with Bytes never more than twice MaxBytes
}

// Stats returns the counters.
func (c *Cache) Stats() Stats {
	s := c.stats
	s.Objects, s.Bytes, s.Pending = c.recent.Len(), c.bytes, c.pending
	return s
}

func (c *Cache) name() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Stack.HostName()
}

func (c *Cache) maxBytes() int64 { return orElse(c.MaxBytes, 64<<20) }

func (c *Cache) maxObject() int64 { return min(orElse(c.MaxObject, 8<<20), c.maxBytes()) }

func orElse[T int64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}
