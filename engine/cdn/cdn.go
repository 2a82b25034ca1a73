// Package cdn is a content distribution network: replica servers in several networks keep copies of the content of their customers, and a
// name server tells each client, by where it asks from, the address of a near one.
//
// A [Map] knows how far networks are from nodes. A [Router] is the name server's part: it answers with the nearest node that works, and looks
// after the nodes. A [Replica] is a web server that fetches from its customers what it does not have, and keeps it as they allow (package
// webcache). [Rewrite] sends the readers of a customer's pages to the network for what is in them.
package cdn

import (
	"net/netip"
	"slices"
)

// A Map is a table of distances from networks to nodes, in any unit: milliseconds, or links. The zero value is empty.
type Map struct{ rows []row }

type row struct {
	network   netip.Prefix
	distances map[string]float64 // by node
}

// Set says how far the hosts of a network are from a node.
func (m *Map) Set(network netip.Prefix, node string, distance float64) {
	network = network.Masked()
	i, found := slices.BinarySearchFunc(m.rows, network, func(r row, p netip.Prefix) int {
		if d := p.Bits() - r.network.Bits(); d != 0 { // the longest first
			return d
		}
		return r.network.Addr().Compare(p.Addr())
	})
	if !found {
		m.rows = slices.Insert(m.rows, i, row{network, map[string]float64{}})
	}
	m.rows[i].distances[node] = distance
}

// Len returns of how many networks the map knows something.
func (m *Map) Len() int { return len(m.rows) }

// Distance returns how far an address is from a node, by the row with the longest prefix that has both. It is false if there is none.
func (m *Map) Distance(a netip.Addr, node string) (float64, bool) {
	for _, r := range m.rows {
		if d, ok := r.distances[node]; ok && r.network.Contains(a.Unmap()) {
			return d, true
		}
	}
	return 0, false
}
