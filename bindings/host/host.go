// Package host is the Lua module host: what a process can learn of the host it runs on, ping, traceroute and
// starting other processes; and the class of host objects, which module net hands out.
package host

import (
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/task"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Module is the declaration of host.
var Module = bind.New("host", "The host that the script runs on: who am I, what is connected, who can be reached.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(task.Module),
		bind.Fn("name", "The host's name.", here(name)).
			Example(`print(require("host").name()) --> localhost`),
		bind.Fn("addresses", "The host's addresses, loopback left out.", here(addresses)),
		bind.Fn("interfaces", "The host's network interfaces.", here(interfaces)).
			Returns("interfaces", "one table each: name, up, mtu, addresses (with prefix length), peer, hardware_address"),
		bind.Fn("sockets", "The host's socket table.", here(sockets)).
			Returns("sockets", "one table each: kind, state, local_address, remote_address, recv_queue, send_queue, process"),
		bind.Fn("ss", "The host's socket table as the command ss prints it.", here(ss)).
			Example(`local socket = require "socket"
local server = assert(socket.bind("127.0.0.1", 8080))
print((require("host").ss():match("127.0.0.1:8080"))) --> 127.0.0.1:8080`),
		bind.Fn("tcp_info", "What TCP knows of each of the host's connections, as ss -i shows it.", here(tcpInfos)).
			Returns("connections", tcpInfoResult).Errors("unsupported").
			Example(`local host, socket = require "host", require "socket"
local server = assert(socket.bind("127.0.0.1", 8080))
local conn = assert(socket.connect("127.0.0.1", 8080))
print(host.tcp_info()[1].state, host.tcp_info()[1].cwnd / host.tcp_info()[1].mss) --> ESTAB	2`),
		bind.Fn("lookup", "The addresses of a name.", here(lookup)).Errors("host-not-found").
			Example(`print(require("host").lookup("localhost")[1]) --> 127.0.0.1`),
		bind.Fn("ping", "Send ICMP echo requests and wait for the replies.", here(ping)).
			Returns("report", "the numbers of the run, times in seconds").
			Errors("host-not-found", "unreachable", "unsupported").
			Example(`local report = assert(require("host").ping("127.0.0.1", {count = 3}))
print(report.sent, report.received, report.loss) --> 3	3	0`),
		bind.Fn("traceroute", "The routers on the way to a host.", here(traceroute)).
			Returns("hops", "one table each: hop, address, name, rtt; no address where nobody answered").
			Errors("host-not-found", "unreachable", "unsupported"),
		bind.Fn("exec", "Run a script file as a process of this host.", here(exec)).
			Returns("process", "the running process").Errors("not-found"),
		hostClass(), processClass(), firewallClass(),
	}
})

// Host is a host object of the class that module net hands out.
type Host struct{ *engine.Host }

// Object returns the host object of h in the world of p: always the same one.
func Object(p *process.Process, h *engine.Host) *Host {
	objects, _ := p.Objects.(map[*engine.Host]*Host)
	if objects == nil {
		objects = map[*engine.Host]*Host{}
		p.Objects = objects
	}
	if objects[h] == nil {
		objects[h] = &Host{h}
	}
	return objects[h]
}

func hostClass() bind.Member {
	return bind.Class("Host", "A host or router of the virtual internet, as the lab sees it.",
		bind.Method("name", "The host's name.", on(name)),
		bind.Method("addresses", "The host's addresses, loopback left out.", on(addresses)),
		bind.Method("address", "The host's first address.", on(address)).Errors("address"),
		bind.Method("interfaces", "The host's network interfaces.", on(interfaces)),
		bind.Method("sockets", "The host's socket table.", on(sockets)),
		bind.Method("ss", "The host's socket table as the command ss prints it.", on(ss)),
		bind.Method("tcp_info", "What TCP knows of each of the host's connections, as ss -i shows it.", on(tcpInfos)).
			Returns("connections", tcpInfoResult).Errors("unsupported"),
		bind.MethodProc("set_tcp", "Change the host's TCP, for sockets and connections made from then on; what is left out stays.", (*Host).setTCP),
		bind.Method("listen_stats", "What the host's listeners did with SYNs that found no room: the counts syn_queue_full and "+
			"accept_queue_full (dropped), cookies_sent, cookies_taken, cookies_refused.", (*Host).listenStats),
		bind.MethodProc("set_processing", "Let the host look at each packet that comes in for a time before it forwards or delivers it.", (*Host).setProcessing),
		bind.Method("lookup", "The addresses of a name, as this host resolves it.", on(lookup)).Errors("host-not-found"),
		bind.MethodProc("set_resolver", "Let the host ask DNS servers for names: writes its /etc/resolv.conf. Hosts without that file know the names of all hosts of the world.", (*Host).setResolver).
			Errors("host-not-found", "limit").
			Example(`local net = require "net"
local client, server = net.host("client"), net.host("dns.lab")
net.link(client, server)
client:set_resolver({servers = {"dns.lab"}, search = {"lab"}, attempts = 1})
print(client:read_file("/etc/resolv.conf"):match("nameserver %S+")) --> nameserver 10.0.1.2
print(select(3, client:lookup("www"))) --> host-not-found`),
		bind.Method("ping", "Send ICMP echo requests from the host.", on(ping)).
			Returns("report", "the numbers of the run, times in seconds").Errors("host-not-found", "unreachable"),
		bind.Method("traceroute", "The routers on the way from the host to another.", on(traceroute)).Errors("host-not-found", "unreachable"),
		bind.Method("exec", "Run a script file as a process of the host: own Lua state, own streams, plain sockets.", on(exec)).
			Returns("process", "the running process").Errors("not-found"),
		bind.Method("spawn", "Run a function as a task on the host, in this process.", on(spawn)).Returns("task", "the task"),
		bind.MethodProc("write_file", "Write a file of the host, in its memory.", (*Host).writeFile).Errors("denied"),
		bind.Method("read_file", "Read a file of the host.", (*Host).readFile).Errors("not-found"),
		bind.MethodProc("crash", "Switch the host off at once: its processes end, its sockets are forgotten, nobody is told; its files stay. It must be running.", (*Host).crash),
		bind.MethodProc("restart", "Switch the host on again after a crash: its files are as they were, and what on_boot named is started.", (*Host).restart),
		bind.Method("is_up", "Whether the host runs: it has not crashed, or was restarted.", (*Host).isUp),
		bind.MethodProc("on_boot", "Start a program on the host now, and again after each restart.", (*Host).onBoot).Errors("not-found").
			Example(`local net, host = require "net", require "host"
local server = net.host("server")
server:on_boot(function() print(host.name() .. " boots") end)
server:crash()
server:restart() --> server boots`),
		bind.Method("firewall", "Give the host or router a firewall, in place of any it had. On a NAT its rules see inside addresses.", (*Host).firewall).
			Returns("firewall", "the firewall, with the counters of its rules").
			Example(`local net = require "net"
local a, b = net.host("a"), net.host("b")
net.link(a, b)
local wall = b:firewall({rules = {{action = "reject", direction = "in", protocol = "icmp", from = "10.0.0.0/8"}}})
print(select(2, a:ping("b"))) --> Connection refused	refused
print(wall:rules()[1].packets) --> 1`),
	).Text(func(h *Host) string { return h.Name }).Equal(func(a, b *Host) bool { return a.Host == b.Host })
}

// here makes a function of the module of what works on any host.
func here[A, R any](f func(*engine.Host, *bind.Call, A) (R, error)) func(*bind.Call, A) (R, error) {
	return func(c *bind.Call, a A) (R, error) { return f(process.Of(c).Host(), c, a) }
}

// on makes a method of it.
func on[A, R any](f func(*engine.Host, *bind.Call, A) (R, error)) func(*Host, *bind.Call, A) (R, error) {
	return func(h *Host, c *bind.Call, a A) (R, error) { return f(h.Host, c, a) }
}

func name(h *engine.Host, _ *bind.Call, _ bind.None) (string, error) { return h.Name, nil }

func addresses(h *engine.Host, _ *bind.Call, _ bind.None) ([]string, error) {
	all := []string{}
	for _, i := range h.Network.Interfaces() {
		for _, p := range i.Prefixes {
			if !p.Addr().IsLoopback() {
				all = append(all, p.Addr().String())
			}
		}
	}
	return all, nil
}

func address(h *engine.Host, c *bind.Call, _ bind.None) (string, error) {
	all, err := addresses(h, c, bind.None{})
	if err == nil && len(all) == 0 {
		return "", &codedError{"address", h.Name + " has no address: no link joins it"}
	}
	return all[0], err
}

// A codedError is an error with a code of the table of package stack.
type codedError struct{ code, text string }

func (e *codedError) Error() string { return e.text }

// Code returns the code.
func (e *codedError) Code() string { return e.code }

type interfaceInfo struct {
	Name            string
	Up              bool
	MTU             int
	Addresses       []string
	Peer            string
	HardwareAddress string
}

func interfaces(h *engine.Host, _ *bind.Call, _ bind.None) ([]interfaceInfo, error) {
	var all []interfaceInfo
	for _, i := range h.Network.Interfaces() {
		info := interfaceInfo{Name: i.Name, Up: i.Up, MTU: i.MTU, Peer: i.Peer, HardwareAddress: i.HardwareA, Addresses: []string{}}
		for _, p := range i.Prefixes {
			info.Addresses = append(info.Addresses, p.String())
		}
		all = append(all, info)
	}
	return all, nil
}

type socketInfo struct {
	Kind, State                 string
	LocalAddress, RemoteAddress string
	RecvQueue, SendQueue        int
	Process                     string
}

func sockets(h *engine.Host, _ *bind.Call, _ bind.None) ([]socketInfo, error) {
	all := []socketInfo{}
	for _, s := range h.Network.Sockets() {
		all = append(all, socketInfo{s.Kind.String(), s.State, endpoint(s.Local), endpoint(s.Remote), s.RecvQueue, s.SendQueue, s.Process})
	}
	return all, nil
}

// endpoint shows an address as ss does: a star stands for any.
func endpoint(a netip.AddrPort) string {
	host, port := "*", "*"
	switch {
	case !a.IsValid():
		return "*:*"
	case !a.Addr().IsUnspecified() && a.Addr().Is6():
		host = "[" + a.Addr().String() + "]"
	case !a.Addr().IsUnspecified():
		host = a.Addr().String()
	case a.Addr().Is4():
		host = "0.0.0.0"
	}
	if a.Port() != 0 {
		port = fmt.Sprint(a.Port())
	}
	return host + ":" + port
}

func ss(h *engine.Host, c *bind.Call, _ bind.None) (string, error) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "Netid\tState\tRecv-Q\tSend-Q\tLocal Address:Port\tPeer Address:Port\tProcess\n")
	all, err := sockets(h, c, bind.None{})
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.Kind, s.State, s.RecvQueue, s.SendQueue, s.LocalAddress, s.RemoteAddress, s.Process)
	}
	w.Flush()
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n"), err
}

type lookupArgs struct {
	Name string `doc:"a host's name or address"`
}

func lookup(h *engine.Host, _ *bind.Call, a lookupArgs) ([]string, error) {
	addrs, err := h.Network.LookupHost(a.Name)
	var all []string
	for _, addr := range addrs {
		all = append(all, addr.String())
	}
	return all, err
}

type spawnArgs struct {
	Fn   *lua.LFunction `doc:"the function to run"`
	Args []lua.LValue   `doc:"its arguments" rest:"true"`
}

func spawn(h *engine.Host, c *bind.Call, a spawnArgs) (*task.Task, error) {
	p := process.Of(c)
	task.MayStart(c)
	if h.V != nil && h.V.Down() {
		return nil, &codedError{"unreachable", h.Name + " is down: it crashed and was not restarted"}
	}
	return task.Start(p, c.L, p.On(h), a.Fn, a.Args), nil
}

// resolve returns the first address of a name as the host resolves it.
func resolve(h *engine.Host, target string) (netip.Addr, error) {
	addrs, err := h.Network.LookupHost(target)
	if err != nil {
		return netip.Addr{}, err
	}
	if len(addrs) == 0 {
		return netip.Addr{}, &stack.LookupError{Name: target, Err: stack.ErrHostNotFound}
	}
	return addrs[0], nil
}
