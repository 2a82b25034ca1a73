package capture

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// The numbers of a name resolution block (draft-ietf-opsawg-pcapng section 4.5).
const (
	blockNames = 4
	recordEnd  = 0
	recordIPv4 = 1
	recordIPv6 = 2
	ipv4Source = 12 // where an IPv4 header has the source address
	ipv6Source = 8
)

// name makes sure that the file says which hosts a packet is between, before the packet. The first time it says so of all
// hosts, later of those that are new.
func (c *Capture) name(packet []byte) {
	src, dst := ends(packet)
	if c.named[src] && c.named[dst] {
		return
	}
	var records []byte
	if len(c.named) == 0 {
		for _, h := range c.net.Hosts() {
			for _, a := range h.Addrs() {
				records = c.record(records, a)
			}
		}
	}
	records = c.record(c.record(records, src), dst)
	if len(records) > 0 {
		if c.block(len(records)); c.err != nil {
			return
		}
		if _, err := c.buf.Write(nameBlock(records)); err != nil {
			c.end(fail(err))
		}
	}
}

// ends returns the addresses of a packet.
func ends(packet []byte) (src, dst netip.Addr) {
	at, size := ipv4Source, 4
	if packet[0]>>4 == 6 {
		at, size = ipv6Source, 16
	}
	src, _ = netip.AddrFromSlice(packet[at : at+size])
	dst, _ = netip.AddrFromSlice(packet[at+size : at+2*size])
	return src, dst
}

// record appends the name of an address's host, unless that is known already or there is none.
func (c *Capture) record(b []byte, a netip.Addr) []byte {
	if c.named[a] {
		return b
	}
	c.named[a] = true
	h := c.net.Owner(a)
	if h == nil {
		return b
	}
	kind := uint16(recordIPv4)
	if a.Is6() {
		kind = recordIPv6
	}
	value := append(append(a.AsSlice(), h.Name()...), 0)
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// nameBlock puts records into a block.
func nameBlock(records []byte) []byte {
	size := uint32(12 + len(records) + 4)
	b := slices.Grow([]byte(nil), int(size))
	b = binary.LittleEndian.AppendUint32(b, blockNames)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = append(b, records...)
	b = append(b, recordEnd, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, size)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
