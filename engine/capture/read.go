package capture

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A Seen packet is one of a file.
type Seen struct {
	At        time.Time
	Interface string
	Inbound   bool
	Length    int // on the wire, in bytes
	Comment   string
	Packet    *vnet.Packet // nil if the file has only a piece of it, or none that vnet knows
	From, To  string       // the names of the hosts, or else their addresses; with ports where there are any
	Seq, Ack  uint32       // of TCP, counted from the first of each direction, as Wireshark shows them
}

// A reader keeps what it needs to know of the packets before.
type reader struct {
	file  *pcapgo.NgReader
	names map[netip.Addr]string
	known int // of the file's names
	first map[[2]netip.AddrPort]uint32
}

// Read reads a pcapng file of link type RAW, at most so many packets.
func Read(r io.Reader, most int) ([]Seen, error) {
	file, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{})
	if err != nil {
		return nil, fmt.Errorf("capture: cannot read: %w", err)
	}
	x := &reader{file: file, names: map[netip.Addr]string{}, first: map[[2]netip.AddrPort]uint32{}}
	var out []Seen
	for len(out) < most {
		data, info, opts, err := file.ReadPacketDataWithOptions()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, fmt.Errorf("capture: cannot read packet %d: %w", len(out)+1, err)
		}
		s := Seen{At: info.Timestamp, Length: info.Length, Comment: strings.Join(opts.Comments, "; ")}
		if i, err := file.Interface(info.InterfaceIndex); err == nil {
			s.Interface = i.Name
		}
		s.Inbound = opts.Flags != nil && opts.Flags.Direction == pcapgo.NgEpbFlagDirectionInbound
		x.explain(&s, data)
		out = append(out, s)
	}
	return out, nil
}

// explain works out what the bytes say.
func (x *reader) explain(s *Seen, data []byte) {
	for ; x.known < x.file.NNames(); x.known++ {
		if n, err := x.file.Name(x.known); err == nil && len(n.Names) > 0 {
			if a, ok := n.Addr.(*pcapgo.NgIPAddress); ok {
				x.names[a.Addr] = n.Names[0]
			}
		}
	}
	p, err := vnet.Unmarshal(slices.Clone(data))
	if err != nil {
		return
	}
	s.Packet = p
	src, dst := p.Ports()
	from, to := netip.AddrPortFrom(p.Src, src), netip.AddrPortFrom(p.Dst, dst)
	s.From, s.To = x.end(from), x.end(to)
	if p.Proto != vnet.TCP {
		return
	}
	way, back := [2]netip.AddrPort{from, to}, [2]netip.AddrPort{to, from}
	if first, ok := x.first[way]; !ok || p.TCP.Flags&vnet.SYN != 0 && first != p.TCP.Seq {
		x.first[way] = p.TCP.Seq
	}
	if _, ok := x.first[back]; !ok && p.TCP.Flags&vnet.ACK != 0 {
		x.first[back] = p.TCP.Ack - 1
	}
	s.Seq = p.TCP.Seq - x.first[way]
	if p.TCP.Flags&vnet.ACK != 0 {
		s.Ack = p.TCP.Ack - x.first[back]
	}
}

func (x *reader) end(a netip.AddrPort) string {
	name := x.names[a.Addr()]
	switch {
	case name == "" && a.Port() == 0:
		return a.Addr().String()
	case name == "":
		return a.String()
	case a.Port() == 0:
		return name
	}
	return fmt.Sprintf("%s:%d", name, a.Port())
}
