package host

import (
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Firewall is the firewall of a host or router.
type Firewall struct {
	host *Host
	f    *vnet.Firewall
}

func firewallClass() bind.Member {
	return bind.Class("Firewall", "The firewall of a host or router, as Host:firewall made it.",
		bind.Method("rules", "The rules in words, and how much each has decided on; last those of packets that no rule fits.", (*Firewall).rules).
			Returns("rules", "one table each: rule, packets, bytes"),
		bind.Method("text", "The same as a table of text.", (*Firewall).text),
		bind.MethodProc("remove", "Let everything pass again.", (*Firewall).remove),
	).Text(func(f *Firewall) string { return "firewall on " + f.host.Name })
}

// The words of rules, in the order of vnet's constants.
const (
	chainWords  = "in,out,forward"
	actionWords = "accept,drop,reject"
	stateWords  = "any,new,established"
)

type ruleArgs struct {
	Action    string     `doc:"what becomes of the packets: accept; drop, without a sign; reject, with a TCP reset or ICMP port unreachable" enum:"accept,drop,reject"`
	Direction string     `doc:"in: for the host itself; out: sent by it; forward: passed on by it" enum:"in,out,forward"`
	Protocol  string     `doc:"only of this protocol; icmp is ICMPv6 over IPv6" enum:"any,tcp,udp,icmp" default:"any"`
	From      string     `doc:"only from this address or subnet, such as 10.0.0.0/8" default:"any"`
	FromPort  lua.LValue `doc:"only from these ports: a number, or text such as \"80,443,8000-8080\"" default:"nil" type:"integer|string"`
	To        string     `doc:"only to this address or subnet" default:"any"`
	ToPort    lua.LValue `doc:"only to these ports" default:"nil" type:"integer|string"`
	State     string     `doc:"new: begins a flow, or none of it has come back yet; established: packets have gone both ways, and ICMP errors about a known flow" enum:"any,new,established" default:"any"`
}

type firewallArgs struct {
	Options struct {
		Rules          []ruleArgs `doc:"the rules; the first that fits decides" default:"nil"`
		DefaultIn      string     `doc:"what becomes of packets for the host that no rule fits" enum:"accept,drop,reject" default:"accept"`
		DefaultOut     string     `doc:"of packets that it sends" enum:"accept,drop,reject" default:"accept"`
		DefaultForward string     `doc:"of packets that it passes on" enum:"accept,drop,reject" default:"accept"`
	} `doc:"the rules"`
}

func (h *Host) firewall(c *bind.Call, a firewallArgs) (*Firewall, error) {
	if h.V == nil {
		return nil, engine.ErrNoTopology
	}
	var o vnet.FirewallOptions
	for i := range a.Options.Rules {
		o.Rules = append(o.Rules, a.Options.Rules[i].rule(c, i+1))
	}
	for chain, word := range []string{a.Options.DefaultIn, a.Options.DefaultOut, a.Options.DefaultForward} {
		o.Policy[chain] = vnet.Action(index(actionWords, word))
	}
	f, err := h.V.SetFirewall(&o)
	if err != nil {
		c.Raise("%s", strings.TrimPrefix(err.Error(), "vnet: "))
	}
	return &Firewall{h, f}, nil
}

// index returns the place of a word in a list with commas.
func index(words, word string) int {
	for i, w := range strings.Split(words, ",") {
		if w == word {
			return i
		}
	}
	return 0
}

// rule converts rule number n.
func (a *ruleArgs) rule(c *bind.Call, n int) vnet.Rule {
	at := func(name string) string { return fmt.Sprintf("rules[%d].%s", n, name) }
	r := vnet.Rule{Chain: vnet.Chain(index(chainWords, a.Direction)), Action: vnet.Action(index(actionWords, a.Action)),
		State: vnet.FlowState(index(stateWords, a.State)), Src: prefix(c, at("from"), a.From), Dst: prefix(c, at("to"), a.To),
		SrcPorts: ports(c, at("from_port"), a.FromPort), DstPorts: ports(c, at("to_port"), a.ToPort)}
	switch a.Protocol {
	case "tcp":
		r.Proto = vnet.TCP
	case "udp":
		r.Proto = vnet.UDP
	case "icmp":
		r.Proto = vnet.ICMP
	}
	return r
}

// prefix reads an address or a subnet.
func prefix(c *bind.Call, option, text string) netip.Prefix {
	if text == "any" {
		return netip.Prefix{}
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		c.Misuse(option, "want an address, a subnet such as \"10.0.0.0/8\" or \"any\", got %q", text)
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// ports reads a port, or a list of ports and ranges.
func ports(c *bind.Call, option string, v lua.LValue) vnet.Ports {
	text := ""
	switch v := v.(type) {
	case *lua.LNilType:
		return nil
	case lua.LString:
		text = string(v)
	case lua.LNumber:
		text = v.String()
	default:
		c.Misuse(option, "want a port, or text such as \"80,443,8000-8080\", got %s", c.Describe(v))
	}
	p, err := vnet.ParsePorts(text)
	if err != nil {
		c.Misuse(option, "want a port from 1 to 65535, or text such as \"80,443,8000-8080\", got %.40q", text)
	}
	return p
}

type ruleCount struct {
	Rule           string
	Packets, Bytes uint64
}

func (f *Firewall) rules(*bind.Call, bind.None) ([]ruleCount, error) {
	rules, counts := f.f.Rules()
	all := []ruleCount{}
	for i := range rules {
		all = append(all, ruleCount{rules[i].String(), counts[i].Packets, counts[i].Bytes})
	}
	for _, chain := range []vnet.Chain{vnet.Input, vnet.Output, vnet.Forward} {
		action, count := f.f.Policy(chain)
		all = append(all, ruleCount{fmt.Sprintf("%v %v otherwise", action, chain), count.Packets, count.Bytes})
	}
	return all, nil
}

func (f *Firewall) text(c *bind.Call, _ bind.None) (string, error) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "packets\tbytes\t  rule\n")
	all, err := f.rules(c, bind.None{})
	for _, r := range all {
		fmt.Fprintf(w, "%d\t%d\t  %s\n", r.Packets, r.Bytes, r.Rule)
	}
	w.Flush()
	return strings.TrimRight(b.String(), "\n"), err
}

func (f *Firewall) remove(c *bind.Call, _ bind.None) error {
	if f.host.V.Firewall() != f.f {
		c.Raise("it is no longer the firewall of %s", f.host.Name)
	}
	_, err := f.host.V.SetFirewall(nil)
	return err
}
