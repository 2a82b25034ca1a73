package mta

import (
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// A group is the recipients of a message that have the same sender.
type group struct {
	from string
	to   []Recipient
	has  map[string]bool // their addresses
}

// An expansion is recipients without aliases. Each address appears once for a sender; addresses of other domains stay as they are.
type expansion struct {
	server *Server
	groups []group
	total  int
	abroad []string // aliases, with domain, some of whose members are of other domains
}

// expand replaces aliases.
func (s *Server) expand(from string, to []string) (*expansion, error) {
	x := &expansion{server: s}
	for _, address := range to {
		if err := x.add(from, address, address, nil); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// add adds an address; path are the aliases that led to it.
func (x *expansion) add(from, address, original string, path []string) error {
	s := x.server
	domain := mail.Domain(address)
	if domain != "" && !s.isLocal(domain) {
		for _, alias := range path {
			if alias += "@" + s.domain; !slices.Contains(x.abroad, alias) {
				x.abroad = append(x.abroad, alias)
			}
		}
		return x.put(from, address, original)
	}
	local := strings.ToLower(mail.Local(address))
	members, isAlias := s.Aliases[local]
	switch {
	case isAlias && slices.Contains(path, local):
		if s.hasUser(local) { // "bob" may stand for "bob" and for others
			return x.put(from, local+"@"+s.home(domain), original)
		}
		return errAliasLoop
	case isAlias:
		if len(path) >= 20 {
			return errAliasLoop
		}
		if _, owned := s.Aliases["owner-"+local]; owned && from != "" {
			from = "owner-" + local + "@" + s.home(domain)
		}
		for _, m := range members {
			if mail.Domain(m) == "" {
				m += "@" + s.home(domain)
			}
			if err := x.add(from, m, original, append(path[:len(path):len(path)], local)); err != nil {
				return err
			}
		}
		return nil
	}
	user, ok := s.userFor(local)
	if !ok {
		return errUnknown
	}
	return x.put(from, user+"@"+s.home(domain), original)
}

// home returns the own domain that an address without one, or with the host's address for it, is of.
func (s *Server) home(domain string) string {
	if domain == "" || strings.HasPrefix(domain, "[") {
		return s.domain
	}
	return domain
}

func (x *expansion) put(from, address, original string) error {
	if x.total++; x.total > maxRecipients {
		return errMany
	}
	i := slices.IndexFunc(x.groups, func(g group) bool { return g.from == from })
	if i < 0 {
		i = len(x.groups)
		x.groups = append(x.groups, group{from: from, has: map[string]bool{}})
	}
	g := &x.groups[i]
	if !g.has[address] {
		g.has[address] = true
		g.to = append(g.to, Recipient{Address: address, Original: original})
	}
	return nil
}

// userFor returns whose mailbox a local name means: the user's, also with an addition behind "+", the postmaster's, which every server
// has (RFC 5321 4.5.1), or that of Server.CatchAll.
func (s *Server) userFor(local string) (user string, ok bool) {
	base, _, _ := strings.Cut(local, "+")
	switch {
	case s.hasUser(local):
		return local, true
	case base != "" && s.hasUser(base):
		return base, true
	case local == "postmaster":
		return local, true
	}
	return s.CatchAll, s.CatchAll != ""
}

func (s *Server) hasUser(user string) bool {
	if _, err := s.Store.Mailbox(user); err != maildrop.ErrNoMailbox {
		return true // also if it cannot be read now
	}
	return s.User != nil && s.User(user)
}
