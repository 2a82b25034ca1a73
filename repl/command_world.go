package repl

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// worldCommands change and watch the world.
func worldCommands() []*Command {
	return []*Command{
		{Name: "link", Args: "A B [down|up|delay=…|rate=…|loss=…|…]", Doc: "Show the link between two nodes, or change it: down, up, delay=10ms, rate=1Mbps, loss=0.1, jitter=…, queue=…", Try: "link paris.backbone.net london.backbone.net\nlink paris.backbone.net london.backbone.net loss=0.1 delay=20ms", Min: 2, Max: -1, World: link, Complete: linkWords},
		{Name: "trace", Args: "on|off|show|save FILE", Doc: "Record who says what to whom, show it as a sequence diagram, or save it: .txt dialogue, .jsonl JSON lines, .svg diagram.", Try: "trace on\ncurl www.someschool.edu\ntrace show", Min: 1, Max: 2, Silent: true, Shell: (*Shell).trace,
			Complete: func(*Shell, []string) []string { return []string{"on", "off", "show", "save"} }},
		{Name: "pcap", Args: "FILE|off", Doc: "Write every packet from now on to a pcapng file of the machine, for Wireshark; off ends it.", Try: "pcap talk.pcapng\ncurl www.someschool.edu\npcap off", Min: 1, Max: 1, Silent: true, Shell: (*Shell).pcap},
		{Name: "step", Args: "[N]", Doc: "Let the world go on to its next event, or N of them, and show the packets that move.", Try: "step 3", Max: 1, Silent: true, Shell: (*Shell).step},
	}
}

func linkWords(s *Shell, args []string) []string {
	switch net := s.session.World.Net; {
	case net == nil:
		return nil
	case len(args) == 1:
		return namesOf(s.session.World)
	case len(args) == 2:
		return neighbours(net, args[0])
	}
	return []string{"down", "up", "delay=", "rate=", "loss=", "jitter=", "queue=", "duplicate=", "corrupt=", "reorder="}
}

// neighbours are the nodes that links join to one.
func neighbours(n *vnet.Network, name string) (names []string) {
	for _, l := range n.Links() {
		switch a, b := l.Ends(); name {
		case a:
			names = append(names, b)
		case b:
			names = append(names, a)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// link shows or changes a link, both ways.
func link(c *Context, args []string) error {
	w := c.Process.World()
	if w.Net == nil {
		return errors.New("link: the machine's network has no links to change")
	}
	a, b := w.Net.Lookup(args[0]), w.Net.Lookup(args[1])
	for i, n := range []vnet.Node{a, b} {
		if n == nil {
			return fmt.Errorf("link: %w", noHost(w, args[i]))
		}
	}
	l := w.Net.LinkBetween(a, b)
	if l == nil {
		return fmt.Errorf("link: no link joins %s and %s; links join %[1]s and %[3]s", args[0], args[1], list(neighbours(w.Net, args[0])))
	}
	there, back := l.Shape(vnet.AB), l.Shape(vnet.BA)
	up := l.Up()
	for _, word := range args[2:] {
		if err := change(&there, &back, &up, word); err != nil {
			return fmt.Errorf("link: %w", err)
		}
	}
	err := l.SetShape(vnet.AB, there)
	if err == nil {
		err = l.SetShape(vnet.BA, back)
	}
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if up != l.Up() {
		l.SetUp(up)
	}
	state := "up"
	if !up {
		state = "down"
	}
	fmt.Fprintf(c.Out, "%s %s %s\n", l.Name(), state, shapeText(there, back))
	return nil
}

// shapeText shows the properties of a link: delay, rate and loss, and what else is set. What differs between the directions is shown of both.
func shapeText(there, back vnet.Shape) string {
	var words []string
	add := func(name string, a, b any, always bool) {
		switch {
		case a != b:
			words = append(words, fmt.Sprintf("%s=%v (back %v)", name, a, b))
		case always || a != reflect.Zero(reflect.TypeOf(a)).Interface():
			words = append(words, fmt.Sprintf("%s=%v", name, a))
		}
	}
	add("delay", there.Delay, back.Delay, true)
	add("rate", rateText(there.Rate), rateText(back.Rate), true)
	add("loss", there.Loss, back.Loss, true)
	add("queue", there.Queue, back.Queue, false)
	add("jitter", there.Jitter, back.Jitter, false)
	add("duplicate", there.Duplicate, back.Duplicate, false)
	add("corrupt", there.Corrupt, back.Corrupt, false)
	add("reorder", there.Reorder, back.Reorder, false)
	return strings.Join(words, " ")
}

// list joins the first of some names for people.
func list(names []string) string {
	const most = 6
	switch n := len(names); {
	case n == 0:
		return "nothing"
	case n > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(names, ", ")
}

func rateText(bps int64) string {
	switch {
	case bps == 0:
		return "unlimited"
	case bps%1_000_000_000 == 0:
		return fmt.Sprintf("%d Gbps", bps/1_000_000_000)
	case bps%1_000_000 == 0:
		return fmt.Sprintf("%d Mbps", bps/1_000_000)
	case bps%1000 == 0:
		return fmt.Sprintf("%d kbps", bps/1000)
	}
	return fmt.Sprintf("%d bps", bps)
}

// change does one word of the command link.
func change(there, back *vnet.Shape, up *bool, word string) error {
	name, value, given := strings.Cut(word, "=")
	switch {
	case word == "down" || word == "up":
		*up = word == "up"
		return nil
	case !given:
		hint := ""
		if near := bind.Nearest(word, []string{"down", "up"}); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return fmt.Errorf("want down, up or NAME=VALUE, got %q%s", word, hint)
	}
	for _, s := range []*vnet.Shape{there, back} {
		if err := set(s, name, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func set(s *vnet.Shape, name, value string) (err error) {
	share := func(into *float64) error {
		if *into, err = strconv.ParseFloat(value, 64); err != nil || !(*into >= 0 && *into <= 1) {
			return fmt.Errorf("want a share from 0 to 1, such as 0.1 for one in ten, got %q", value)
		}
		return nil
	}
	switch name {
	case "delay":
		s.Delay, err = bind.ParseDuration(value)
	case "jitter":
		s.Jitter, err = bind.ParseDuration(value)
	case "rate":
		var r bind.Rate
		r, err = bind.ParseRate(value)
		s.Rate = int64(r)
	case "queue":
		if s.Queue, err = strconv.Atoi(value); err != nil || s.Queue < 0 {
			err = fmt.Errorf("want a number of packets, got %q", value)
		}
	case "loss":
		err = share(&s.Loss)
	case "duplicate":
		err = share(&s.Duplicate)
	case "corrupt":
		err = share(&s.Corrupt)
	case "reorder":
		err = share(&s.Reorder)
	default:
		return fmt.Errorf("a link has no such property%s", didYouMean(name, []string{"delay", "jitter", "rate", "queue", "loss", "duplicate", "corrupt", "reorder"}))
	}
	return err
}

func (s *Shell) trace(args []string) error {
	if args[0] == "save" && len(args) != 2 {
		return errors.New("trace save: want a file's name")
	}
	if args[0] != "save" && len(args) > 1 {
		return fmt.Errorf("trace %s: too many arguments", args[0])
	}
	switch args[0] {
	case "on":
		if s.tracing == nil {
			s.tracing = s.session.World.Trace(capture.TraceOptions{})
		}
		return nil
	case "off":
		if s.tracing != nil {
			s.tracing.Stop()
			s.tracing = nil
		}
		return nil
	case "show", "save":
		if s.tracing == nil {
			return errors.New("trace: nothing is recorded; begin with trace on")
		}
		if args[0] == "show" {
			return s.tracing.TextOf(s.out, capture.Filter{}, min(max(s.width(), narrowestTrace), widestTrace))
		}
		return s.saveTrace(args[1])
	}
	return fmt.Errorf("trace: want on, off, show or save FILE, got %q%s", args[0], didYouMean(args[0], []string{"on", "off", "show", "save"}))
}

// How many columns a sequence diagram takes: with fewer too much would be cut off, and longer arrows are no easier to follow.
const (
	narrowestTrace = 80
	widestTrace    = 132
)

func (s *Shell) saveTrace(name string) error {
	if err := capture.CheckFormat(name); err != nil {
		return fmt.Errorf("trace save %s: the name must end in %s", name, capture.Formats())
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("trace save: %w", err)
	}
	return errors.Join(s.tracing.Save(f, name, capture.Filter{}), f.Close())
}

func (s *Shell) pcap(args []string) error {
	if s.session.World.Net == nil {
		return errors.New("pcap: the packets of the machine's network cannot be captured; run with --net virtual, or use a tool of the machine")
	}
	if err := s.endPcap(); err != nil || args[0] == "off" {
		return err
	}
	f, err := os.Create(args[0])
	if err != nil {
		return fmt.Errorf("pcap: %w", err)
	}
	if s.packets, err = s.session.World.Capture(f, capture.Options{}); err != nil {
		f.Close()
		os.Remove(args[0])
		return err
	}
	s.packetFile = f
	return nil
}

// endPcap finishes the capture that is running, if one is.
func (s *Shell) endPcap() error {
	if s.packets == nil {
		return nil
	}
	err := errors.Join(s.packets.Stop(), s.packetFile.Close())
	n := s.packets.Packets()
	s.packets, s.packetFile = nil, nil
	if err == nil {
		fmt.Fprintf(s.out, "%d packets captured.\n", n)
	}
	return err
}

func (s *Shell) step(args []string) error {
	if s.session.World.Net == nil {
		return errors.New("step: only a virtual world goes step by step")
	}
	n := 1
	if len(args) > 0 {
		var err error
		if n, err = strconv.Atoi(args[0]); err != nil || n < 1 {
			return fmt.Errorf("step: want a whole number from 1 on, got %q", args[0])
		}
	}
	var seen []string
	stop := s.session.World.Net.Observe(func(e vnet.Event) {
		if len(seen) < 1000 {
			seen = append(seen, s.packetLine(e))
		}
	})
	defer stop()
	sched := s.session.World.Sched
	for range n {
		at, ok := sched.Next()
		if !ok {
			fmt.Fprintln(s.out, "Nothing will happen until somebody does something.")
			return nil
		}
		if err := s.session.Wait(at - sched.Elapsed()); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s\n", Clock(sched.Elapsed()))
		for _, line := range slices.Compact(seen) {
			fmt.Fprintln(s.out, "  "+line)
		}
		seen = seen[:0]
	}
	return nil
}

// packetLine says what happened to a packet.
func (s *Shell) packetLine(e vnet.Event) string {
	p := e.Packet
	from, to := s.ownerOf(p.Src), s.ownerOf(p.Dst)
	if sp, dp := p.Ports(); sp != 0 || dp != 0 {
		from, to = fmt.Sprintf("%s:%d", from, sp), fmt.Sprintf("%s:%d", to, dp)
	}
	text := fmt.Sprintf("%s at %s: %s %s to %s", e.Kind, e.Node, p.Proto, from, to)
	if p.Proto == vnet.TCP {
		text += " " + p.TCP.Flags.String()
	}
	if len(p.Payload) > 0 {
		text += fmt.Sprintf(", %d bytes", len(p.Payload))
	}
	if e.Kind == vnet.Dropped {
		text += ": " + e.Reason.String()
	}
	return text
}

// ownerOf names the host that has an address.
func (s *Shell) ownerOf(a netip.Addr) string {
	if h := s.session.World.Net.Owner(a); h != nil {
		return h.Name()
	}
	return a.String()
}
