package vnet

import (
	"strconv"
	"strings"
)

// Ports returns the packet's ports, 0 where its protocol has none or where it is a fragment.
func (p *Packet) Ports() (src, dst uint16) {
	switch {
	case p.fragment():
	case p.Proto == TCP:
		return p.TCP.SrcPort, p.TCP.DstPort
	case p.Proto == UDP:
		return p.UDP.SrcPort, p.UDP.DstPort
	}
	return 0, 0
}

// String returns "ICMP", "TCP", "UDP" or "ICMPv6", or for others "protocol" and the number.
func (p Protocol) String() string {
	switch p {
	case ICMP:
		return "ICMP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case ICMPv6:
		return "ICMPv6"
	}
	return "protocol " + strconv.Itoa(int(p))
}

// String names the bits that are set: "SYN ACK".
func (f TCPFlags) String() string {
	var names []string
	for i, name := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
