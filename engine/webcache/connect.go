package webcache

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Connect opens the connection that a client asks for by CONNECT; it is that of an http.Server. What goes through is not looked at.
func (c *Cache) Connect(r *http.Request) (net.Conn, *http.Response) {
	conn, refused := c.connect(r)
	if refused != nil {
		c.stats.Requests++
		c.stats.Failures++
		return nil, refused
	}
	c.stats.Tunnels++
	return conn, nil
}

func (c *Cache) connect(r *http.Request) (net.Conn, *http.Response) {
	host, service, err := net.SplitHostPort(r.RequestURI)
	port, failed := strconv.ParseUint(service, 10, 16)
	ports := c.Ports
	if ports == nil {
		ports = []int{http.PortTLS}
	}
	switch {
	case c.Origin != "":
		return nil, http.Text(501, "501 Not Implemented: a gateway makes no tunnels")
	case err != nil || failed != nil || host == "":
		return nil, http.Text(400, fmt.Sprintf("400 Bad Request: want CONNECT host:port, got %.200q", r.RequestURI))
	case len(ports) == 0:
		return nil, http.Text(403, "403 Forbidden: this proxy makes no tunnels")
	case !slices.Contains(ports, int(port)):
		return nil, http.Text(403, fmt.Sprintf("403 Forbidden: this proxy connects to ports %v only, not to %d", ports, port))
	}
	patience := time.Minute
	if c.Client != nil {
		patience = orElse(c.Client.Timeout, patience)
	}
	conn, err := stack.Dialer{Timeout: patience}.Dial(c.Stack, "tcp", r.RequestURI)
	if err != nil {
		return nil, failure(err)
	}
	return conn, nil
}
