package socket_test

import (
	"net"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
)

// TestProbes compares the module with LuaSocket.
func TestProbes(t *testing.T) {
	const doubled = "Linux doubles what is set and tells the double; the virtual network keeps the number"
	suite := socktest.Suite{
		Modules: modules,
		Harness: socktest.Read(t, "testdata/harness.lua"),
		Allow:   everywhere,
		AtLeast: 155,
		Differences: map[string]string{
			"class.metatables":                       "metatables carry no marks of the classes; no script needs them",
			"virtual/option.buffer sizes":            doubled,
			"virtual/option.udp buffer sizes":        doubled,
			"virtual/udp.broadcast needs the option": "the virtual loopback interface has no broadcast address",
			"bind.port out of range":                 "a port above 65535 is an error; the C library takes its last 16 bits and goes to another port without a word",
			"connect.port types":                     "getsockname gives the port as a number, as getpeername does and as later versions of LuaSocket do",
		},
	}
	if !haveIPv6() {
		suite.LeaveOut = map[string]string{"ipv6": "no IPv6 on this machine"}
	}
	suite.Run(t)
}

var modules = []*bind.Module{socket.Module}

// everywhere is what probes and interoperation need of the machine's network.
var everywhere = []string{"[::1]:*", "0.0.0.0:*", "[::]:*", "192.0.2.77:*", "255.255.255.255:9", "224.0.0.251:*", "*:*"}

func haveIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}
