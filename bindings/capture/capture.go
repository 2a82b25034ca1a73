// Package capture is the Lua module capture: packets of the virtual internet as files for Wireshark.
package capture

import (
	"bytes"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/net"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/capture"
)

// Module is the declaration of capture.
var Module = bind.New("capture", "Capture packets of the virtual internet into pcapng files, which Wireshark and tshark open.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(net.Module), bind.Uses(host.Module),
		bind.Fn("start", "Start a capture. Of the whole world each packet is taken once, where its sender puts it on its way; of a host what goes out and what comes in; of a link "+
			"what is put on it. What the network drops at once has the reason as its comment. tcpdump and other programs that use libpcap read only files with one interface of "+
			"this kind, such as those of a host with one link; editcap -F nsecpcap IN OUT, which comes with Wireshark, makes a file for them.", start).
			Returns("capture", "the running capture").Errors("denied", "not-found", "invalid", "unsupported").
			Example(`local net, capture = require "net", require "capture"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
local c = assert(capture.start({host = a, file = "/ping.pcapng"}))
a:ping("b")
assert(c:stop())
print(c:packets()) --> 2`),
		captureClass(),
	}
})

// Capture is a capture of Lua.
type Capture struct {
	capture *capture.Capture
	memory  *bytes.Buffer // or
	file    afero.File
	fs      afero.Fs
	path    string
	stopped bool
}

func captureClass() bind.Member {
	return bind.Class("Capture", "A pcapng file that is being written.",
		bind.MethodProc("stop", "Stop the capture and finish its file.", (*Capture).stop).Errors("limit", "denied"),
		bind.Method("running", "Whether packets are still taken.", (*Capture).running),
		bind.Method("packets", "How many packets were taken so far.", func(t *Capture, _ *bind.Call, _ bind.None) (int, error) { return t.capture.Packets(), nil }),
		bind.Method("bytes", "The file so far.", (*Capture).bytes).Returns("bytes", "a whole pcapng file").Errors("denied", "not-found").
			Example(`local capture = require "capture"
local c = capture.start()
require("host").ping("127.0.0.1")
print(c:bytes():byte(1, 4)) --> 10	13	13	10`),
		bind.Method("list", "The packets so far as tables.", (*Capture).list).
			Returns("packets", "one table each: at (seconds), interface, inbound, size, comment, protocol, from, to (name and port), hop_limit, length and data (of the payload); "+
				"of TCP flags (\"SYN ACK\"), seq and ack (counted from the first of each side, as Wireshark shows them), window; of ICMP type").
			Errors("denied", "not-found").
			Example(`local capture, socket = require "capture", require "socket"
local c = capture.start()
socket.connect("127.0.0.1", 80)
for _, p in ipairs(c:list()) do print(p.protocol, p.flags, p.seq, p.ack) end --> TCP	SYN	0	nil
--> TCP	RST ACK	0	1`),
	)
}

type startArgs struct {
	Options struct {
		Host  lua.LValue `doc:"only what this host sends and receives" default:"nil" type:"host.Host|string"`
		Link  *net.Link  `doc:"only what is put on this link" default:"nil"`
		File  *string    `doc:"path of the file on this host; without it the bytes are kept in memory"`
		Every bool       `doc:"take packets at every interface, in and out: a packet that is routed appears once for each" default:"false"`
		Snap  bind.Size  `doc:"how much of each packet is kept at most; 0 keeps all" default:"0" min:"0"`
		Limit bind.Size  `doc:"how long the file may become; then the capture ends" default:"64 MiB" min:"1024"`
	} `doc:"what to capture"`
}

func start(c *bind.Call, a startArgs) (*Capture, error) {
	p := process.Of(c)
	o := capture.Options{Every: a.Options.Every, Snap: int(a.Options.Snap), Limit: int64(a.Options.Limit)}
	if h := one(c, a.Options.Host); h != nil {
		o.Host = h.V
	}
	if a.Options.Link != nil {
		if o.Host != nil {
			c.Misuse("link", "want a host or a link, got both")
		}
		o.Link = a.Options.Link.Link
	}
	t := &Capture{fs: p.FS()}
	var err error
	if a.Options.File == nil {
		t.memory = &bytes.Buffer{}
		t.capture, err = p.World().Capture(t.memory, o)
		return t, err
	}
	t.path = p.Path(*a.Options.File)
	if t.file, err = p.Create(t.path); err != nil {
		return nil, err
	}
	if t.capture, err = p.World().Capture(t.file, o); err != nil {
		t.file.Close()
		return nil, err
	}
	return t, nil
}

// one returns the host that an option names, or nil without it.
func one(c *bind.Call, v lua.LValue) *host.Host {
	if v == nil || v == lua.LNil {
		return nil
	}
	if h, ok := bind.As[host.Host](v); ok && h.V != nil {
		return h
	}
	p := process.Of(c)
	name, ok := v.(lua.LString)
	if !ok {
		c.Misuse("host", "want a host or its name, got %s", c.Describe(v))
	}
	h := p.World().Find(string(name))
	if h == nil {
		c.Misuse("host", "want a host of the world, got %q, which is none", string(name))
	}
	return host.Object(p, h)
}

func (t *Capture) stop(*bind.Call, bind.None) error {
	if t.stopped {
		return nil
	}
	t.stopped = true
	err := t.capture.Stop()
	if t.file != nil {
		if cerr := t.file.Close(); err == nil {
			err = cerr
		}
	}
	return coded(err)
}

func (t *Capture) running(*bind.Call, bind.None) (bool, error) {
	return !t.stopped && t.capture.Err() == nil, nil
}

func (t *Capture) bytes(*bind.Call, bind.None) (string, error) {
	if !t.stopped {
		if err := t.capture.Flush(); err != nil && err != capture.ErrLimit {
			return "", err
		}
	}
	if t.memory != nil {
		return t.memory.String(), nil
	}
	b, err := afero.ReadFile(t.fs, t.path)
	return string(b), err
}

// coded gives the limit of a capture its code.
func coded(err error) error {
	if err == capture.ErrLimit {
		return &limitError{}
	}
	return err
}

// A limitError says that the capture ended early.
type limitError struct{}

func (*limitError) Error() string {
	return "the capture has ended early: its file has reached the limit; option limit sets another"
}

// Code returns "limit".
func (*limitError) Code() string { return "limit" }
