package repl

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// netCommands are the tools of a person at a terminal of a host.
func netCommands() []*Command {
	return []*Command{
		{Name: "telnet", Args: "HOST [PORT]", Doc: "Open a TCP session and type what the protocol wants; options of Telnet are answered; port 23 unless given. Ctrl-], or a line of ^] alone, leaves.", Min: 1, Max: 2, World: connectTelnet, Shell: (*Shell).telnet, Complete: hostFirst},
		{Name: "dig", Args: "[@SERVER] NAME [TYPE] [+OPTION…]", Doc: "Ask a name server. It takes dig's words: @server, -x ADDRESS, +short, +trace, +norecurse, +tcp …", Max: -1, World: dig, Complete: hostNames},
		{Name: "nslookup", Args: "NAME [SERVER]", Doc: "Look a name or an address up.", Min: 1, Max: -1, World: nslookup, Complete: hostNames},
		{Name: "host", Args: "NAME [SERVER]", Doc: "Look a name or an address up, in sentences.", Min: 1, Max: -1, World: hostLookup, Complete: hostNames},
		{Name: "ping", Args: "[-c COUNT] HOST [COUNT]", Doc: "Send ICMP echo requests a second apart; 4 unless a count is given.", Min: 1, Max: 3, World: ping, Complete: hostFirst},
		{Name: "traceroute", Args: "HOST", Doc: "Show the routers on the way to a host.", Min: 1, Max: 1, World: traceroute, Complete: hostFirst},
		{Name: "ss", Doc: "List the sockets of this host.", Silent: true, World: ss},
		{Name: "curl", Args: "[-i] [-I] [-X METHOD] [-d DATA] URL", Doc: "Fetch a web page: -i shows the headers too, -I them alone, -d sends DATA as a form.", Min: 1, Max: -1, World: curl, Complete: hostNames},
		{Name: "ftp", Args: "HOST [PORT]", Doc: ftpDoc, Min: 1, Max: 2, Talks: true, World: ftpCommand, Complete: hostFirst},
		{Name: "mail", Args: "[-u USER] [-s SUBJECT] [ADDRESS…]", Doc: mailDoc, Max: -1, Talks: true, World: sendOrRead},
	}
}

// hostFirst completes a first argument that is a host.
func hostFirst(s *Shell, args []string) []string {
	if len(args) > 1 {
		return nil
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

// target looks a host up for ICMP.
func (c *Context) target(command, name string) (*vnet.Host, netip.Addr, error) {
	h := c.Host().V
	if h == nil {
		return nil, netip.Addr{}, fmt.Errorf("%s: the machine's network gives no ICMP sockets to processes; use the machine's own %s", command, command)
	}
	addrs, err := c.Process.Stack().LookupHost(name)
	if err != nil {
		return nil, netip.Addr{}, fmt.Errorf("%s: %s: Name or service not known (%w)", command, name, err)
	}
	return h, addrs[0], nil
}

// pingArgs reads the arguments of ping: the count may stand behind -c as the machine's own ping has it, or behind the host.
func pingArgs(args []string) (host string, count int, err error) {
	text := "4"
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-c" && i+1 < len(args):
			i++
			text = args[i]
		case host == "" && !strings.HasPrefix(a, "-"):
			host = a
		default:
			text = a
		}
	}
	if count, err = strconv.Atoi(text); err != nil || count < 1 || count > 1000 {
		return "", 0, fmt.Errorf("ping: want a count from 1 to 1000, got %q", text)
	}
	if host == "" {
		return "", 0, errors.New("ping: want a host")
	}
	return host, count, nil
}

func ping(c *Context, args []string) error {
	host, count, err := pingArgs(args)
	if err != nil {
		return err
	}
	h, dst, err := c.target("ping", host)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "PING %s (%s) 56(84) bytes of data.\n", host, dst)
	s := c.Process.Sched()
	var times []time.Duration
	began := s.Elapsed()
	for seq := 1; seq <= count; seq++ {
		at := s.Elapsed()
		r, err := h.Ping(dst, vnet.PingOptions{Timeout: time.Second})
		switch {
		case err == nil:
			times = append(times, r.RTT)
			fmt.Fprintf(c.Out, "64 bytes from %s: icmp_seq=%d ttl=%d time=%s\n", r.From, seq, r.HopLimit, ms(r.RTT))
		case r.Kind == vnet.NoReply && errors.Is(err, stack.ErrTimedOut):
		case r.From.IsValid():
			fmt.Fprintf(c.Out, "From %s icmp_seq=%d %v\n", r.From, seq, err)
		default:
			fmt.Fprintf(c.Out, "icmp_seq=%d %v\n", seq, err)
		}
		if seq < count {
			s.Sleep(at + time.Second - s.Elapsed())
		}
	}
	fmt.Fprintf(c.Out, "\n--- %s ping statistics ---\n%d packets transmitted, %d received, %d%% packet loss, time %dms\n",
		host, count, len(times), 100*(count-len(times))/count, (s.Elapsed() - began).Milliseconds())
	if len(times) > 0 {
		low, high, sum := times[0], times[0], time.Duration(0)
		for _, t := range times {
			low, high, sum = min(low, t), max(high, t), sum+t
		}
		fmt.Fprintf(c.Out, "rtt min/avg/max = %s/%s/%s\n", strings.TrimSuffix(ms(low), " ms"), strings.TrimSuffix(ms(sum/time.Duration(len(times))), " ms"), ms(high))
	}
	return nil
}

// ms writes a time as ping does.
func ms(d time.Duration) string { return fmt.Sprintf("%.3f ms", float64(d)/1e6) }

func traceroute(c *Context, args []string) error {
	h, dst, err := c.target("traceroute", args[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "traceroute to %s (%s), 30 hops max\n", args[0], dst)
	hops, err := h.Traceroute(dst, 30)
	if err != nil {
		return fmt.Errorf("traceroute: %w", err)
	}
	for _, o := range hops {
		if !o.Addr.IsValid() {
			fmt.Fprintf(c.Out, "%2d  * * *\n", o.HopLimit)
			continue
		}
		name := o.Addr.String()
		if len(o.Names) > 0 {
			name = strings.TrimSuffix(o.Names[0], ".")
		}
		fmt.Fprintf(c.Out, "%2d  %s (%s)", o.HopLimit, name, o.Addr)
		for _, t := range o.RTTs {
			fmt.Fprintf(c.Out, "  %s", ms(t))
		}
		if o.Err != nil {
			fmt.Fprintf(c.Out, "  %v", o.Err)
		}
		fmt.Fprintln(c.Out)
	}
	return nil
}

func ss(c *Context, _ []string) error {
	rows := [][]string{{"Netid", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port", "Process"}}
	for _, s := range c.Host().Network.Sockets() {
		peer := "*:*"
		if s.Remote.IsValid() && s.Remote.Port() != 0 {
			peer = s.Remote.String()
		}
		rows = append(rows, []string{s.Kind.String(), s.State, strconv.Itoa(s.RecvQueue), strconv.Itoa(s.SendQueue), s.Local.String(), peer, s.Process})
	}
	_, err := io.WriteString(c.Out, table(rows, 1)) // two addresses of IPv6 fit 80 columns
	return err
}

// fetch is what curl does, by the module socket.http.
const fetch = `
local url, method, data, show, headers_only = ...
local http, ltn12 = require "socket.http", require "ltn12"
local body = {}
local request = {url = url, method = method, sink = ltn12.sink.table(body), redirect = false}
if data then
  request.source = ltn12.source.string(data)
  request.headers = {["content-length"] = #data, ["content-type"] = "application/x-www-form-urlencoded"}
end
local ok, code, headers, status = http.request(request)
if not ok then return nil, code end
local out = {}
if show then
  out[#out + 1] = status
  local names = {}
  for name in pairs(headers) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do out[#out + 1] = name .. ": " .. headers[name] end
  out[#out + 1] = ""
end
if not headers_only then out[#out + 1] = table.concat(body) end
return table.concat(out, "\n")`

func curl(c *Context, args []string) error {
	method, data, url := "", lua.LValue(lua.LNil), ""
	show, headersOnly := false, false
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-i":
			show = true
		case a == "-I":
			show, headersOnly, method = true, true, "HEAD"
		case (a == "-X" || a == "-d") && i+1 < len(args):
			if i++; a == "-X" {
				method = args[i]
			} else {
				data = lua.LString(args[i])
			}
		case strings.HasPrefix(a, "-"):
			return fmt.Errorf("curl: there is no option %s; help curl lists them", a)
		case url != "":
			return fmt.Errorf("curl: one URL at a time, got %s and %s", url, a)
		default:
			url = a
		}
	}
	if url == "" {
		return errors.New("curl: want a URL")
	}
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	if method == "" {
		if method = "GET"; data != lua.LNil {
			method = "POST"
		}
	}
	fn, err := lua51.Load(c.L, fetch, "=curl")
	if err != nil {
		return err
	}
	results, err := lua51.Call(c.L, fn, lua.LString(url), lua.LString(method), data, lua.LBool(show), lua.LBool(headersOnly))
	if err != nil {
		return err
	}
	if results[0] == lua.LNil {
		return fmt.Errorf("curl: %s: %s", url, lua51.ToString(c.L, results[1]))
	}
	_, err = fmt.Fprintln(c.Out, showText(results[0].String()))
	return err
}
