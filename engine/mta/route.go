package mta

import (
	"cmp"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// maxHosts is how many servers of a domain are tried in one attempt (RFC 5321 5.1 wants two at least).
const maxHosts = 10

// route returns the servers of a domain, "host:port", in the order in which to try them, or why there are none.
func (s *Server) route(domain string) ([]string, *result) {
	if via := s.via(domain); via != "" {
		return []string{s.withPort(via)}, nil
	}
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		address := strings.TrimSuffix(literal, "]")
		if rest, v6 := strings.CutPrefix(address, "ipv6:"); v6 {
			address = rest
		}
		return []string{net.JoinHostPort(address, strconv.Itoa(s.port()))}, nil
	}
	var records []MX
	if s.MX != nil {
		found, err := s.MX.LookupMX(domain)
		switch {
		case errors.Is(err, stack.ErrHostNotFound):
			return nil, &result{permanent: true, status: "5.1.2", text: "there is no domain " + domain}
		case err != nil:
			return nil, &result{status: "4.4.3", text: "the servers of " + domain + " cannot be looked up now: " + err.Error()}
		}
		records = s.ordered(found)
		if len(found) > 0 && len(records) == 0 {
			return nil, &result{permanent: true, status: "5.4.6", text: "mail for " + domain + " comes back here: this server is its first MX"}
		}
	}
	if len(records) == 0 { // RFC 5321 5.1: the domain itself
		return s.reachable(domain, []string{domain})
	}
	var hosts []string
	for _, r := range records {
		if r.Host == "" {
			return nil, &result{permanent: true, status: "5.1.10", text: domain + " takes no mail"}
		}
		hosts = append(hosts, strings.TrimSuffix(r.Host, "."))
	}
	return s.reachable(domain, hosts)
}

// ordered sorts records by preference, those of the same in random order, and leaves out this server and all that are not better (RFC 5321 5.1).
func (s *Server) ordered(found []MX) []MX {
	records := slices.Clone(found)
	s.st.Rand().Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	slices.SortStableFunc(records, func(a, b MX) int { return cmp.Compare(a.Preference, b.Preference) })
	if i := slices.IndexFunc(records, func(r MX) bool { return s.isOurs(r.Host) }); i >= 0 {
		own := records[i].Preference
		records = slices.DeleteFunc(records, func(r MX) bool { return r.Preference >= own })
	}
	return records[:min(len(records), maxHosts)]
}

// reachable leaves out the hosts that have no address, and says so if none has.
func (s *Server) reachable(domain string, hosts []string) ([]string, *result) {
	var out []string
	lasting := true
	for _, host := range hosts {
		_, err := s.st.LookupHost(host)
		switch {
		case err == nil:
			out = append(out, s.withPort(host))
		case !errors.Is(err, stack.ErrHostNotFound):
			lasting = false
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case lasting:
		return nil, &result{permanent: true, status: "5.1.2", text: "no server of " + domain + " has an address"}
	}
	return nil, &result{status: "4.4.3", text: "the address of a server of " + domain + " cannot be looked up now"}
}

// via returns the server that Routes gives for a domain.
func (s *Server) via(domain string) string {
	if via, ok := s.Routes[domain]; ok {
		return via
	}
	return s.Routes["*"]
}

func (s *Server) port() int { return or(s.Port, smtp.Port) }

func (s *Server) withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(s.port()))
}
