package repl

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/resolver"
)

// netCommands are the tools of a person at a terminal of a host.
func netCommands() []*Command {
	return []*Command{
		{Name: "telnet", Args: "HOST [PORT]", Doc: "Open a TCP session and type what the protocol wants; options of Telnet are answered; port 23 unless given. Ctrl-], or a line of ^] alone, leaves.", Try: "telnet hamburger.edu 25\nHELO crepes.fr\nQUIT", Min: 1, Max: 2, World: connectTelnet, Shell: (*Shell).telnet, Complete: hostFirst},
		{Name: "dig", Args: "[@SERVER] NAME [TYPE] [+OPTION…]", Doc: "Ask a name server. It takes dig's words: @server, -x ADDRESS, +short, +trace, +norecurse, +tcp …", Try: "dig gaia.cs.umass.edu\ndig @a.root-servers.net gaia.cs.umass.edu\ndig hamburger.edu MX +short", Max: -1, World: dig, Complete: hostNames},
		{Name: "nslookup", Args: "NAME [SERVER]", Doc: "Look a name or an address up.", Try: "nslookup gaia.cs.umass.edu", Min: 1, Max: -1, World: nslookup, Complete: hostNames},
		{Name: "host", Args: "NAME [SERVER]", Doc: "Look a name or an address up, in sentences.", Try: "host gaia.cs.umass.edu", Min: 1, Max: -1, World: hostLookup, Complete: hostNames},
		{Name: "ping", Args: "[OPTIONS] HOST [COUNT]", Doc: pingDoc, Try: "ping -c 2 gaia.cs.umass.edu", Min: 1, Max: -1, World: ping, Complete: hostNames},
		{Name: "traceroute", Args: "[-n] [-m HOPS] HOST", Doc: "Show the routers on the way to a host. -n leaves their names out, -m goes that far.", Try: "traceroute gaia.cs.umass.edu", Min: 1, Max: -1, World: traceroute, Complete: hostNames},
		{Name: "ss", Args: "[-t] [-u] [-l]", Doc: "List the sockets of this host. -t those of TCP, -u those of UDP, -l those that wait for somebody.", Try: "ss -tl", Max: -1, Silent: true, World: ss},
		{Name: "curl", Args: "[OPTIONS] URL", Doc: curlDoc, Try: "curl www.someschool.edu\ncurl -v www.someschool.edu/somedepartment/home.index", Min: 1, Max: -1, World: curl, Complete: hostNames},
		{Name: "ftp", Args: "HOST [PORT]", Doc: ftpDoc, Try: "ftp ftp.di.fct.unl.pt\n\nalice@crepes.fr\nls pub\nbye", Min: 1, Max: 2, Talks: true, World: ftpCommand, Complete: hostFirst},
		{Name: "mail", Args: "[-u USER] [-s SUBJECT] [ADDRESS…]", Doc: mailDoc, Try: "mail bob@hamburger.edu\ndinner\nDo you like ketchup?\n.", Max: -1, Talks: true, World: sendOrRead},
	}
}

// hostFirst completes a first argument that is a host, and a second that is a port.
func hostFirst(s *Shell, args []string) []string {
	if len(args) > 1 {
		return serviceNames()
	}
	return hostNames(s, nil)
}

// tool returns what dig and its kin work with.
func (c *Context) tool() resolver.Tool {
	config, _ := c.Host().Config()
	return resolver.Tool{Stack: c.Process.Stack(), Config: config}
}

// printed writes what a tool printed; what it says of a failure is that, too.
func (c *Context) printed(command, text string, err error) error {
	var failed *resolver.ToolError
	if errors.As(err, &failed) {
		text, err = failed.Output, nil
	}
	var usage *resolver.UsageError
	if errors.As(err, &usage) {
		if near := bind.Nearest(usage.Word, usage.Known); near != "" {
			err = fmt.Errorf("%w; did you mean %s?", err, near)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	_, err = io.WriteString(c.Out, text)
	return err
}

func dig(c *Context, args []string) error {
	text, _, err := c.tool().Dig(args)
	return c.printed("dig", text, err)
}

func nslookup(c *Context, args []string) error {
	text, err := c.tool().NSLookup(args)
	return c.printed("nslookup", text, err)
}

func hostLookup(c *Context, args []string) error {
	text, err := c.tool().Host(args)
	return c.printed("host", text, err)
}

func ss(c *Context, args []string) error {
	given, rest, err := options("ss", args, "tulanp", "")
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("ss: want options, got %s", rest[0])
	}
	if err != nil {
		return err
	}
	want := map[byte]bool{}
	for _, o := range given {
		want[o.letter] = true
	}
	rows := [][]string{{"Netid", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port", "Process"}}
	for _, s := range c.Host().Network.Sockets() {
		if kinds := want['t'] || want['u']; kinds && !want[s.Kind.String()[0]] || want['l'] && s.State != "LISTEN" && s.State != "UNCONN" {
			continue
		}
		peer := "*:*"
		if s.Remote.IsValid() && s.Remote.Port() != 0 {
			peer = s.Remote.String()
		}
		rows = append(rows, []string{s.Kind.String(), s.State, strconv.Itoa(s.RecvQueue), strconv.Itoa(s.SendQueue), s.Local.String(), peer, s.Process})
	}
	_, err = io.WriteString(c.Out, table(rows, 1)) // two addresses of IPv6 fit 80 columns
	return err
}
