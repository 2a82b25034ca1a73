package engine

import (
	"io"
	"net/netip"
	"path"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The files from which a host of the virtual internet learns how to resolve names.
const (
	HostsFile  = "/etc/hosts"
	ConfigFile = "/etc/resolv.conf"
)

// longestConfig is how many bytes of such a file are read.
const longestConfig = 1 << 20

// names resolves for a host by the files that were written there, which it reads when they are new. As long as neither was ever
// written, the host knows nothing of it and has the network's own list of names.
type names struct {
	host  *Host
	stale bool
	hosts *resolver.Hosts // nil without the file
	stub  *resolver.Stub
}

// touched is told of each file of the host's memory that is opened for writing, removed or renamed. It reports whether what is
// written to it matters as well.
func (h *Host) touched(name string) bool {
	if h.V == nil || !configures(name) {
		return false
	}
	if h.names == nil {
		h.names = &names{host: h}
		h.V.SetHosts(h.names)
	}
	h.names.stale = true
	return true
}

// configures reports whether a change to a path, which may be a folder, may change how names are resolved.
func configures(name string) bool {
	switch path.Clean("/" + name) {
	case HostsFile, ConfigFile, "/etc", "/":
		return true
	}
	return false
}

// refresh reads the files again if they have changed.
func (n *names) refresh() {
	if !n.stale {
		return
	}
	n.stale, n.hosts = false, nil
	if text, ok := n.read(HostsFile); ok {
		n.hosts = resolver.ParseHosts(text)
	}
	text, ok := n.read(ConfigFile)
	if !ok {
		n.host.V.SetResolver(nil)
		return
	}
	if n.stub == nil {
		n.stub = &resolver.Stub{Stack: stack.New(n.host.World.Sched, n.host.Group, n.host.Network, "resolver")}
		n.stub.Stack.WatchedBy(&n.host.World.Watch)
	}
	n.stub.Config = resolver.ParseConfig(text)
	n.host.V.SetResolver(n.stub)
}

func (n *names) read(name string) (string, bool) {
	f, err := n.host.Written.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, longestConfig))
	return string(b), err == nil
}

// LookupHost implements vnet.Resolver for /etc/hosts. The host asks it before anything else, so here it learns of new files.
func (n *names) LookupHost(name string) ([]netip.Addr, error) {
	n.refresh()
	if n.hosts == nil {
		return nil, stack.ErrHostNotFound
	}
	return n.hosts.LookupHost(name)
}

// LookupAddr is LookupHost for addresses.
func (n *names) LookupAddr(a netip.Addr) ([]string, error) {
	n.refresh()
	if n.hosts == nil {
		return nil, stack.ErrHostNotFound
	}
	return n.hosts.LookupAddr(a)
}

// SetConfig writes the host's /etc/resolv.conf. It fails if the host's files take more than they may, or on the machine's network.
func (h *Host) SetConfig(c resolver.Config) error {
	if h.V == nil {
		return ErrNoTopology
	}
	return afero.WriteFile(h.Written, ConfigFile, []byte(c.String()), 0o644)
}

// Config returns the settings of the host's /etc/resolv.conf; without such a file the defaults, which name the host itself as the server,
// and false.
func (h *Host) Config() (resolver.Config, bool) {
	text, ok := (&names{host: h}).read(ConfigFile)
	return resolver.ParseConfig(text), ok
}
