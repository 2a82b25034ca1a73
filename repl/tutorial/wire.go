package tutorial

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A wire keeps the first bytes of what clients and servers have said to each other since the step began.
type wire struct {
	flows map[flow]*talk
}

// A flow is one direction of a conversation.
type flow struct {
	tcp      bool
	from, to netip.AddrPort
}

// A talk is the beginning of what one end said.
type talk struct {
	text []byte
	next uint32 // TCP's sequence number behind it
}

// Bounds of what a wire keeps.
const (
	maxFlows = 1000
	maxTalk  = 1024
)

// watch begins to listen to a network.
func (w *wire) watch(n *vnet.Network) {
	w.forget()
	n.Observe(w.observe)
}

func (w *wire) forget() { w.flows = map[flow]*talk{} }

func (w *wire) observe(e vnet.Event) {
	p := e.Packet
	if e.Kind != vnet.Delivered || len(p.Payload) == 0 || p.Proto != vnet.TCP && p.Proto != vnet.UDP {
		return
	}
	src, dst := p.Ports()
	f := flow{p.Proto == vnet.TCP, netip.AddrPortFrom(p.Src, src), netip.AddrPortFrom(p.Dst, dst)}
	t := w.flows[f]
	if t == nil {
		if len(w.flows) == maxFlows {
			return
		}
		t = &talk{next: p.TCP.Seq}
		w.flows[f] = t
	}
	if f.tcp && p.TCP.Seq != t.next {
		return // a repetition, or not its turn yet
	}
	t.next += uint32(len(p.Payload))
	t.text = append(t.text, p.Payload[:min(len(p.Payload), maxTalk-len(t.text))]...)
}

// answered reports whether somebody on another host sent a line to a port, such as "tcp 6789", and got one back: the line changed by a function, if there
// is one. A function that leaves the line as it is shows nothing, and then the answer is no.
func (w *wire) answered(port string, change func(string) string) bool {
	for f, asked := range w.flows {
		if spelt(f.tcp, f.to.Port()) != port || f.from.Addr() == f.to.Addr() {
			continue
		}
		answer := w.flows[flow{f.tcp, f.to, f.from}]
		if answer == nil {
			continue
		}
		line, got := firstLine(asked.text), firstLine(answer.text)
		if change == nil || got == change(line) && got != line {
			return true
		}
	}
	return false
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return strings.TrimSpace(line)
}

// spelt writes a protocol and a port as conditions do.
func spelt(tcp bool, port uint16) string {
	if tcp {
		return fmt.Sprintf("tcp %d", port)
	}
	return fmt.Sprintf("udp %d", port)
}
