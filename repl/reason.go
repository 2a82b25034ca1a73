package repl

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// reason is why something could not be reached, as the tools of a terminal say it: without what was called for it.
func reason(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, stack.ErrHostNotFound):
		return "Name or service not known"
	case errors.Is(err, stack.ErrTemporaryLookup):
		return "Temporary failure in name resolution"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

// unreached words why nobody could be connected to at a host and port; other errors stay as they are.
func unreached(host, port string, err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, stack.ErrHostNotFound), errors.Is(err, stack.ErrTemporaryLookup):
		return fmt.Errorf("%s: %s", host, reason(err))
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("cannot connect to %s port %s: %s", host, port, reason(err))
	}
	return err
}

// hostPort takes "host" or "host:port" apart.
func hostPort(address string, otherwise int) (host, port string) {
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return address, strconv.Itoa(otherwise)
}

// services are the ports that have a name, as in /etc/services.
var services = map[string]int{
	"echo": 7, "discard": 9, "daytime": 13, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "imap": 143, "imap2": 143,
	"https": 443, "submission": 587, "imaps": 993, "pop3s": 995, "sip": 5060,
}

func serviceNames() []string { return slices.Sorted(maps.Keys(services)) }

// port reads the number of a port, or the name of a service.
func port(text string) (string, error) {
	if n, ok := services[text]; ok {
		return strconv.Itoa(n), nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err == nil && n > 0 {
		return text, nil
	}
	near := ""
	if n := bind.Nearest(text, serviceNames()); n != "" && err != nil {
		near = "; did you mean " + n + "?"
	}
	return "", fmt.Errorf("want a port from 1 to 65535, or the name of a service such as smtp, got %q%s", text, near)
}
