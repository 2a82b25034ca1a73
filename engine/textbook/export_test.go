package textbook

import "net/netip"

// Parse reads a description and reports what is wrong with it.
func Parse(text string) error {
	_, err := parse(text)
	return err
}

// World is the description that Build reads.
func World() string { return world }

// A Name is a name of the internet with its address.
type Name struct {
	Name string
	Addr netip.Addr
	Main bool // the name stands for the address; otherwise only the address for the name
}

// Names returns all names of an internet.
func (n *Internet) Names() []Name {
	var all []Name
	for _, a := range n.plan.addresses {
		all = append(all, Name{a.name, a.addr, a.main})
	}
	return all
}

// A MailServer is a host that has mailboxes.
type MailServer struct {
	Host    string
	Domains []string
	User    string // one of its users
}

// MailServers returns the hosts with mailboxes.
func (n *Internet) MailServers() []MailServer {
	var all []MailServer
	for _, h := range n.Hosts {
		e := n.plan.hosts[h.Name]
		if len(e.Users) == 0 {
			continue
		}
		m := MailServer{Host: h.Name, Domains: e.Domains}
		if len(m.Domains) == 0 {
			m.Domains = []string{h.Name}
		}
		for user := range e.Users {
			if m.User == "" || user < m.User {
				m.User = user
			}
		}
		all = append(all, m)
	}
	return all
}

// Zones returns the texts of all zones by name.
func (n *Internet) Zones() map[string]string { return n.texts }

// LocalServers returns for each local name server a host that asks it.
func (n *Internet) LocalServers() map[string]string {
	out := map[string]string{}
	for _, h := range n.Hosts {
		out[n.plan.hosts[h.Name].site.Local] = h.Name
	}
	return out
}

// NodeCheck is how often nodes are looked after.
const NodeCheck = nodeCheck
