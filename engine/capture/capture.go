// Package capture records what happens in a world, for people to look at.
//
// A Capture writes the packets of a virtual internet as a pcapng file (draft-ietf-opsawg-pcapng, link type RAW) that Wireshark
// opens: virtual times in nanoseconds, an interface for each of the hosts', the hosts' names, and why a packet was
// dropped as its comment. A Trace keeps what the processes do with their sockets, on either network: connects, sends, receives,
// closes, look-ups and what protocols say of their messages. It is shown as a dialogue, as lines of JSON and as a sequence
// diagram for a terminal or as SVG.
package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Options say which packets of a network are captured. The zero value takes the whole world: each packet once, where
// its sender puts it on its way, so that Wireshark sees every connection as its ends do and takes no hop for a repetition.
type Options struct {
	Host  *vnet.Host // what this host alone sends and receives; of what a router forwards, what comes in
	Link  *vnet.Link // what is put on this link alone, in both directions
	Every bool       // at every interface in question, what comes in and what goes out: routed packets appear once per interface
	Snap  int        // keep at most so many bytes of each packet; 0 or less keeps all
	Limit int64      // end the capture before the file is longer than so many bytes; 0 or less means no limit

	// Unbuffered writes each packet at once, with what has to stand before it. Otherwise 64 KiB are gathered. Either way every Write has
	// whole blocks, so that a file whose writer comes to a sudden end is whole as far as it goes.
	Unbuffered bool
}

// ErrLimit is the error of a capture that Options.Limit has ended. The file is whole.
var ErrLimit = errors.New("capture: the limit of bytes is reached")

// bufferSize is how many bytes wait for being written: there is room for the largest packet.
const bufferSize = 72 << 10

// A Capture is a pcapng file that is being written.
type Capture struct {
	net     *vnet.Network
	opt     Options
	start   time.Time // of the world's clock
	out     counter
	buf     *bufio.Writer
	file    *pcapgo.NgWriter // nil until the first packet
	ports   map[place]*port
	named   map[netip.Addr]bool
	inside  map[visit]hop // what came in at routers and may be forwarded
	held    held
	marshal vnet.Marshaler
	packets int
	err     error
	stop    func()
}

// A place is an interface of a node.
type place struct{ node, name string }

// A port is what the capture knows of an interface.
type port struct {
	host *vnet.Host // nil for a switch's
	id   int        // in the file; -1 while it has no packet there
}

// A visit is a packet's way through a router.
type visit struct {
	host *vnet.Host
	id   uint32
}

// A hop is what routers leave as it is, unless they translate addresses.
type hop struct{ src, dst netip.AddrPort }

// mostInside is how many packets are remembered as being inside routers.
const mostInside = 10_000

// held is the last packet, kept for a moment because the network may drop it at once.
type held struct {
	packet  *vnet.Packet // nil if there is none
	at      time.Duration
	bytes   []byte
	id      int
	inbound bool
	comment string
}

// Start captures packets from now on into a pcapng file that it writes to w. Nothing fails before Stop.
func Start(n *vnet.Network, w io.Writer, o Options) *Capture {
	s := n.Scheduler()
	c := &Capture{net: n, opt: o, start: s.Now().Add(-s.Elapsed()), out: counter{w: w}, ports: map[place]*port{},
		named: map[netip.Addr]bool{}, inside: map[visit]hop{}}
	c.buf = bufio.NewWriterSize(&c.out, bufferSize)
	c.stop = n.Observe(c.see)
	return c
}

// Flush writes what waits, so that the file so far is whole, and returns what Err does. Without a packet so far it is valid and empty.
func (c *Capture) Flush() error {
	c.release()
	if c.file == nil && c.err == nil {
		p, l := c.first()
		c.add(p, c.port(p), l)
	}
	if c.err == nil || c.err == ErrLimit {
		if err := c.buf.Flush(); err != nil {
			c.end(fail(err))
		}
	}
	return c.err
}

// Stop ends the capture and returns what Flush does.
func (c *Capture) Stop() error {
	c.stop()
	return c.Flush()
}

// Err returns the first failure to write, ErrLimit if the limit has ended the capture, or nil.
func (c *Capture) Err() error { return c.err }

// Packets returns how many packets were captured.
func (c *Capture) Packets() int {
	if c.held.packet != nil {
		return c.packets + 1
	}
	return c.packets
}

// Size returns how long the file is, in bytes.
func (c *Capture) Size() int64 { return c.out.n + int64(c.buf.Buffered()) }

func fail(err error) error { return fmt.Errorf("capture: cannot write: %w", err) }

// see takes an event of the network.
func (c *Capture) see(e vnet.Event) {
	if e.Kind == vnet.Dropped {
		if e.Packet == c.held.packet && e.At == c.held.at {
			c.held.comment = "dropped by " + e.Node + ": " + e.Reason.String()
		}
		return
	}
	c.release()
	if c.err != nil {
		return
	}
	at := c.port(place{e.Node, e.Interface})
	if !c.wants(&e, at) {
		return
	}
	if at.id < 0 {
		if c.add(place{e.Node, e.Interface}, at, e.Link); c.err != nil {
			return
		}
	}
	c.held = held{packet: e.Packet, at: e.At, bytes: c.marshal.Bytes(e.Packet), id: at.id, inbound: e.Kind == vnet.Arrived}
}

// port returns what is known of an interface.
func (c *Capture) port(p place) *port {
	at := c.ports[p]
	if at == nil {
		at = &port{id: -1}
		at.host, _ = c.net.Lookup(p.node).(*vnet.Host)
		c.ports[p] = at
	}
	return at
}

// wants reports whether the options ask for the packet of an event.
func (c *Capture) wants(e *vnet.Event, at *port) bool {
	switch {
	case e.Kind == vnet.Delivered || e.Flooded:
		return false
	case c.opt.Link != nil:
		return e.Link == c.opt.Link && e.Kind != vnet.Arrived
	case at.host == nil || c.opt.Host != nil && at.host != c.opt.Host:
		return false
	case c.opt.Every, e.Kind == vnet.Sent:
		return true
	case e.Kind == vnet.Arrived:
		c.enter(e, at.host)
		return c.opt.Host != nil
	}
	return c.translated(e, at.host)
}

// enter remembers the addresses of a packet that comes in at a router.
func (c *Capture) enter(e *vnet.Event, h *vnet.Host) {
	if !h.Forwarding() {
		return
	}
	if len(c.inside) >= mostInside {
		clear(c.inside)
	}
	c.inside[visit{h, e.Packet.ID}] = hopOf(e.Packet)
}

// translated reports whether a packet that a router forwards has other addresses or ports than when it came in: then it
// belongs to a connection that nobody else's packets show.
func (c *Capture) translated(e *vnet.Event, h *vnet.Host) bool {
	v := visit{h, e.Packet.ID}
	before, ok := c.inside[v]
	delete(c.inside, v)
	return ok && before != hopOf(e.Packet)
}

func hopOf(p *vnet.Packet) hop {
	src, dst := p.Ports()
	return hop{netip.AddrPortFrom(p.Src, src), netip.AddrPortFrom(p.Dst, dst)}
}

// release writes the packet that is held.
func (c *Capture) release() {
	h := &c.held
	if h.packet == nil {
		return
	}
	h.packet = nil
	if c.err != nil {
		return
	}
	kept := len(h.bytes)
	if c.opt.Snap > 0 {
		kept = min(kept, c.opt.Snap)
	}
	c.name(h.bytes)
	if c.block(kept + len(h.comment)); c.err != nil {
		return
	}
	o := pcapgo.NgPacketOptions{Flags: &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionOutbound}}
	if h.inbound {
		o.Flags.Direction = pcapgo.NgEpbFlagDirectionInbound
	}
	if h.comment != "" {
		o.Comments = []string{h.comment}
	}
	info := gopacket.CaptureInfo{Timestamp: c.start.Add(h.at), CaptureLength: kept, Length: len(h.bytes), InterfaceIndex: h.id}
	if err := c.file.WritePacketWithOptions(info, h.bytes[:kept], o); err != nil {
		c.end(fail(err))
		return
	}
	c.packets++
	if c.opt.Unbuffered {
		c.room(bufferSize)
	}
}

// blockSize is what a block takes beside packets, names and texts, at most.
const blockSize = 64

// block prepares for a block with so many bytes of a packet, of names and of texts, or ends the capture because it would be too long.
func (c *Capture) block(bytes int) {
	size := bytes + blockSize
	switch {
	case c.err != nil:
	case c.opt.Limit > 0 && c.Size()+int64(size) > c.opt.Limit:
		c.end(ErrLimit)
	default:
		c.room(size)
	}
}

// room makes so much room in the buffer that a block is not written in pieces.
func (c *Capture) room(size int) {
	if c.buf.Available() < size {
		if err := c.buf.Flush(); err != nil {
			c.end(fail(err))
		}
	}
}

// end stops the capture for a reason.
func (c *Capture) end(why error) {
	c.stop()
	c.err = why
}

// begin writes the head of the file, with the first interface.
func (c *Capture) begin(i pcapgo.NgInterface) error {
	o := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "moonwire"}}
	file, err := pcapgo.NewNgWriterInterface(c.buf, i, o)
	if err != nil {
		return fail(err)
	}
	c.file = file
	return nil
}

// add writes the description of an interface.
func (c *Capture) add(p place, at *port, l *vnet.Link) {
	i := describe(p, l)
	c.room(len(i.Name) + len(i.Description) + 2*blockSize)
	var err error
	if c.file == nil {
		at.id, err = 0, c.begin(i)
	} else if at.id, err = c.file.AddInterface(i); err != nil {
		err = fail(err)
	}
	if err != nil {
		c.end(err)
	}
}

func describe(p place, l *vnet.Link) pcapgo.NgInterface {
	i := pcapgo.NgInterface{Name: p.node + " " + p.name, LinkType: layers.LinkTypeRaw, TimestampResolution: 9}
	if l != nil {
		i.Description = "link " + l.Name()
	}
	return i
}

// first returns the interface of a file without packets: one that was asked for.
func (c *Capture) first() (place, *vnet.Link) {
	hosts := c.net.Hosts()
	switch {
	case c.opt.Link != nil:
		node, _ := c.opt.Link.Ends()
		name, _ := c.opt.Link.Interfaces()
		return place{node, name}, c.opt.Link
	case c.opt.Host != nil:
		hosts = []*vnet.Host{c.opt.Host}
	}
	for _, h := range hosts {
		for _, i := range h.Interfaces() {
			if i.Peer != "" {
				return place{h.Name(), i.Name}, nil
			}
		}
	}
	if len(hosts) > 0 {
		return place{hosts[0].Name(), "lo"}, nil
	}
	return place{"nobody", "lo"}, nil
}

// A counter counts what was written.
type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
