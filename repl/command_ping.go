package repl

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// pingDoc explains the command.
const pingDoc = "Send ICMP echo requests a second apart; 4 unless a count is given. -c COUNT, -i INTERVAL, -s BYTES of each, -t hops that it may go (TTL), -W TIME to wait for each."

// target looks a host up for ICMP.
func (c *Context) target(command, name string) (*vnet.Host, netip.Addr, error) {
	h := c.Host().V
	if h == nil {
		return nil, netip.Addr{}, fmt.Errorf("%s: the machine's network gives no ICMP sockets to processes; use the machine's own %s", command, command)
	}
	addrs, err := c.Process.Stack().LookupHost(name)
	if err != nil {
		return nil, netip.Addr{}, fmt.Errorf("%s: %s: %s", command, name, reason(err))
	}
	return h, addrs[0], nil
}

// pinging is what ping was asked for.
type pinging struct {
	host     string
	count    int
	interval time.Duration
	vnet.PingOptions
}

// pingArgs reads the arguments of ping: the count may stand behind -c as the machine's own ping has it, or behind the host.
func pingArgs(args []string) (*pinging, error) {
	p := &pinging{count: 4, interval: time.Second, PingOptions: vnet.PingOptions{HopLimit: 64, Size: 56, Timeout: time.Second}}
	given, rest, err := options("ping", args, "n", "cistW")
	if err != nil {
		return nil, err
	}
	switch {
	case len(rest) == 2:
		given = append(given, option{'c', rest[1]})
	case len(rest) == 0:
		return nil, errors.New("ping: want a host")
	case len(rest) > 2:
		return nil, fmt.Errorf("ping: want a host and a count, got %q too", rest[2])
	}
	p.host = rest[0]
	number := func(into *int, o option, what string, least, most int) error {
		n, err := strconv.Atoi(o.value)
		if err != nil || n < least || n > most {
			return fmt.Errorf("ping: want %s from %d to %d, got %q", what, least, most, o.value)
		}
		*into = n
		return nil
	}
	span := func(into *time.Duration, o option) error {
		d, err := bind.ParseDuration(o.value)
		if err != nil || d < time.Millisecond || d > time.Hour {
			return fmt.Errorf("ping: -%c wants a time from 1 ms to an hour, such as 0.2 or 200ms, got %q", o.letter, o.value)
		}
		*into = d
		return nil
	}
	for _, o := range given {
		switch o.letter {
		case 'c':
			err = number(&p.count, o, "a count", 1, 1000)
		case 's':
			if err = number(&p.Size, o, "a number of bytes", 0, maxPing); p.Size == 0 {
				p.Size = -1
			}
		case 't':
			err = number(&p.HopLimit, o, "a number of hops", 1, 255)
		case 'i':
			err = span(&p.interval, o)
		case 'W':
			err = span(&p.Timeout, o)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// maxPing is how many bytes an echo request carries at most.
const maxPing = 65507

// The bytes in front of those that an echo request carries: ICMP's header, and IPv4's before it.
const (
	icmpHeader = 8
	ipHeader   = 20
)

func ping(c *Context, args []string) error {
	p, err := pingArgs(args)
	if err != nil {
		return err
	}
	h, dst, err := c.target("ping", p.host)
	if err != nil {
		return err
	}
	size := max(p.Size, 0)
	if dst.Is6() {
		fmt.Fprintf(c.Out, "PING %s (%s) %d data bytes\n", p.host, dst, size)
	} else {
		fmt.Fprintf(c.Out, "PING %s (%s) %d(%d) bytes of data.\n", p.host, dst, size, size+icmpHeader+ipHeader)
	}
	s := c.Process.Sched()
	var times []time.Duration
	failed := 0
	began, last := s.Elapsed(), s.Elapsed()
	for seq := 1; seq <= p.count; seq++ {
		last = s.Elapsed()
		r, err := h.Ping(dst, p.PingOptions)
		switch {
		case err == nil:
			times = append(times, r.RTT)
			fmt.Fprintf(c.Out, "%d bytes from %s: icmp_seq=%d ttl=%d time=%s\n", r.Size+icmpHeader, r.From, seq, r.HopLimit, ms(r.RTT))
		case r.Kind == vnet.NoReply && errors.Is(err, stack.ErrTimedOut):
		case r.From.IsValid():
			failed++
			fmt.Fprintf(c.Out, "From %s icmp_seq=%d %s\n", r.From, seq, undelivered(r, err))
		default:
			failed++
			fmt.Fprintf(c.Out, "ping: sendmsg: %v\n", err)
		}
		if seq < p.count {
			s.Sleep(last + p.interval - s.Elapsed())
		}
	}
	summary(c, p, times, failed, last-began)
	return nil
}

// undelivered words what a router said of an echo request.
func undelivered(r vnet.Reply, err error) string {
	switch {
	case r.Kind == vnet.TimeExceeded:
		return "Time to live exceeded"
	case errors.Is(err, stack.ErrNetUnreachable):
		return "Destination Net Unreachable"
	case errors.Is(err, stack.ErrHostUnreachable):
		return "Destination Host Unreachable"
	}
	return err.Error()
}

// summary prints what came of all requests. took is the time between the first and the last.
func summary(c *Context, p *pinging, times []time.Duration, failed int, took time.Duration) {
	errors := ""
	if failed > 0 {
		errors = fmt.Sprintf(" +%d errors,", failed)
	}
	fmt.Fprintf(c.Out, "\n--- %s ping statistics ---\n%d packets transmitted, %d received,%s %d%% packet loss, time %dms\n",
		p.host, p.count, len(times), errors, 100*(p.count-len(times))/p.count, took.Milliseconds())
	if len(times) == 0 {
		return
	}
	low, high, sum := times[0], times[0], time.Duration(0)
	for _, t := range times {
		low, high, sum = min(low, t), max(high, t), sum+t
	}
	mean, squares := sum/time.Duration(len(times)), int64(0)
	for _, t := range times {
		d := (t - mean).Microseconds()
		squares += d * d
	}
	deviation := time.Duration(math.Sqrt(float64(squares / int64(len(times)))))
	bare := func(d time.Duration) string { return strings.TrimSuffix(ms(d), " ms") }
	fmt.Fprintf(c.Out, "rtt min/avg/max/mdev = %s/%s/%s/%s\n", bare(low), bare(mean), bare(high), ms(deviation*time.Microsecond))
}

// ms writes a time as ping does.
func ms(d time.Duration) string { return fmt.Sprintf("%.3f ms", float64(d)/1e6) }

// maxHops is how far traceroute goes unless it is told.
const maxHops = 30

func traceroute(c *Context, args []string) error {
	given, rest, err := options("traceroute", args, "n", "m")
	if err == nil && len(rest) != 1 {
		err = fmt.Errorf("traceroute: want one host, got %d", len(rest))
	}
	if err != nil {
		return err
	}
	numeric, most := false, maxHops
	for _, o := range given {
		if numeric = numeric || o.letter == 'n'; o.letter != 'm' {
			continue
		}
		if most, err = strconv.Atoi(o.value); err != nil || most < 1 || most > 255 {
			return fmt.Errorf("traceroute: want a number of hops from 1 to 255, got %q", o.value)
		}
	}
	h, dst, err := c.target("traceroute", rest[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "traceroute to %s (%s), %d hops max, %d byte packets\n", rest[0], dst, most, 56+icmpHeader+ipHeader)
	hops, err := h.Traceroute(dst, most)
	if err != nil {
		return fmt.Errorf("traceroute: %w", err)
	}
	for _, o := range hops {
		fmt.Fprintln(c.Out, hopLine(o, numeric))
	}
	return nil
}

// hopLine is a line of traceroute.
func hopLine(o vnet.Hop, numeric bool) string {
	line := fmt.Sprintf("%2d ", o.HopLimit)
	if o.Addr.IsValid() {
		name := o.Addr.String()
		if len(o.Names) > 0 {
			name = strings.TrimSuffix(o.Names[0], ".")
		}
		if numeric {
			line += " " + o.Addr.String()
		} else {
			line += " " + name + " (" + o.Addr.String() + ")"
		}
	}
	for i := range probes {
		switch {
		case i < len(o.RTTs):
			line += "  " + ms(o.RTTs[i])
		case o.Addr.IsValid():
			line += "  *"
		default:
			line += " *"
		}
	}
	if o.Err != nil {
		line += "  " + o.Err.Error()
	}
	return line
}

// probes is how many answers there are to each line of traceroute if none is lost.
const probes = 3
