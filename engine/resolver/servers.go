package resolver

import (
	"net/netip"
	"time"
)

const (
	maxKnown     = 4096 // servers that are remembered
	firstTimeout = 800 * time.Millisecond
	minTimeout   = 250 * time.Millisecond
	maxTimeouts  = 5 * time.Second
	lameFor      = 10 * time.Minute
)

// servers is what is known of name servers by their addresses. The zero value knows none.
type servers struct {
	known map[netip.AddrPort]*server
	order []netip.AddrPort // as they came to be known
}

// A server is what is known of one: how long it takes to answer (smoothed as TCP does it, RFC 6298), how often it did not.
type server struct {
	rtt, deviation time.Duration // rtt is 0 as long as it has not answered
	unanswered     int           // questions in a row
	guess          time.Duration // in the place of rtt
	noEDNS         bool
	lame           map[string]time.Time // until when not to be asked about a zone
}

// get returns what is known of a server, which it will be from now on. random draws a number from 0 to n-1.
func (s *servers) get(a netip.AddrPort, random func(n int) int) *server {
	if k := s.known[a]; k != nil {
		return k
	}
	if s.known == nil {
		s.known = map[netip.AddrPort]*server{}
	}
	if len(s.order) >= maxKnown {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	k := &server{guess: time.Duration(1+random(30)) * time.Millisecond}
	s.known[a] = k
	s.order = append(s.order, a)
	return k
}

// cost is how long an answer is likely to take: the server with the lowest is asked first. Servers that nobody knows yet look fast, so that
// each is tried.
func (k *server) cost() time.Duration {
	c := k.rtt
	if c == 0 {
		c = k.guess
	}
	if k.unanswered > 0 {
		c += k.timeout(k.unanswered)
	}
	return c
}

// timeout is how long to wait for an answer to a question that was sent so often before: twice as long each time.
func (k *server) timeout(before int) time.Duration {
	t := firstTimeout
	if k.rtt > 0 {
		t = max(k.rtt+4*k.deviation, minTimeout)
	}
	return min(t<<min(before, 8), maxTimeouts)
}

func (k *server) answered(rtt time.Duration) {
	k.unanswered = 0
	rtt = max(rtt, time.Microsecond)
	if k.rtt == 0 {
		k.rtt, k.deviation = rtt, rtt/2
		return
	}
	k.deviation += ((k.rtt - rtt).Abs() - k.deviation) / 4
	k.rtt += (rtt - k.rtt) / 8
}

// passed makes a server that was not chosen look a little faster, so that it is tried again some day.
func (k *server) passed() { k.rtt -= k.rtt / 50 }

func (k *server) setLame(zone string, now time.Time) {
	const most = 64
	if k.lame == nil || len(k.lame) >= most {
		k.lame = map[string]time.Time{}
	}
	k.lame[zone] = now.Add(lameFor)
}

func (k *server) isLame(zone string, now time.Time) bool { return now.Before(k.lame[zone]) }
