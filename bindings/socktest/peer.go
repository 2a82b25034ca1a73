package socktest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// A network is what a server of parts needs: the machine's or a virtual one.
type network struct {
	listen func() (net.Listener, error) // on 127.0.0.1, on a port of the system's choice
	dial   func(address string) (net.Conn, error)
	spawn  func(func())
	now    func() time.Time
}

// patience bounds each wait of a server; only a mistake lets it pass.
const patience = 10 * time.Second

// serve plays parts for the connections to l, each of which says by lines "verb length" and texts of that length what to do:
//
//	accept  take a connection
//	send    send the text; in it $DATA is the port of the second listener, $P1 and $P2 its two bytes
//	line    receive a line
//	head    receive lines up to an empty one
//	read    receive as many bytes as the text says
//	chunks  receive chunks up to the last, and the trailers
//	dot     receive lines up to one with a dot alone
//	all     receive everything until the client closes
//	close   close the connection
//	data    take a connection on the second listener; from then on dsend, dall and dclose act on it
//	dial    connect to the address in the last line received, which has FTP's command EPRT or PORT, in place of data
//
// The answer is the port, and when the part is over everything that was received.
func (n network) serve(l net.Listener) {
	for {
		control, err := l.Accept()
		if err != nil {
			return
		}
		n.spawn(func() {
			defer control.Close()
			if err := n.play(control); err != nil {
				fmt.Fprintf(control, "<peer: %v>", err)
			}
		})
	}
}

type step struct{ verb, text string }

func readSteps(r *bufio.Reader) ([]step, error) {
	var steps []step
	for {
		var s step
		var size int
		line, err := r.ReadString('\n')
		if err == nil {
			_, err = fmt.Sscanf(line, "%s %d", &s.verb, &size)
		}
		if err != nil {
			return nil, err
		}
		if s.verb == "end" {
			return steps, nil
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		s.text = string(b)
		steps = append(steps, s)
	}
}

// A part is one play of the server.
type part struct {
	network
	first, second net.Listener
	conn, data    net.Conn
	r             *bufio.Reader
	last          string // the last line received
	log           strings.Builder
}

func (n network) play(control net.Conn) error {
	steps, err := readSteps(bufio.NewReader(control))
	if err != nil {
		return err
	}
	p := &part{network: n}
	if p.first, err = n.listen(); err != nil {
		return err
	}
	defer p.first.Close()
	if p.second, err = n.listen(); err != nil {
		return err
	}
	defer p.second.Close()
	fmt.Fprintf(control, "%d\n", portOf(p.first))
	for _, s := range steps {
		if err := p.do(s); err != nil {
			fmt.Fprintf(&p.log, "<%s>", problem(err))
			break
		}
	}
	for _, c := range []net.Conn{p.conn, p.data} {
		if c != nil {
			c.Close()
		}
	}
	_, err = io.WriteString(control, p.names().Replace(p.log.String()))
	return err
}

// problem words an error the same on every network. Whether a connection that was closed with data on its way ends or is reset depends on
// which came first.
func problem(err error) string {
	var late net.Error
	switch {
	case errors.As(err, &late) && late.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.As(err, &late):
		return "closed"
	}
	return err.Error()
}

// names replaces the ports, which differ from run to run.
func (p *part) names() *strings.Replacer {
	return strings.NewReplacer(fmt.Sprintf(":%d", portOf(p.first)), ":PORT", fmt.Sprintf(":%d", portOf(p.second)), ":DATAPORT")
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func (p *part) do(s step) error {
	switch s.verb {
	case "accept":
		return p.accept()
	case "send":
		port := portOf(p.second)
		text := strings.NewReplacer("$DATA", strconv.Itoa(port), "$P1", strconv.Itoa(port>>8), "$P2", strconv.Itoa(port&255)).Replace(s.text)
		_, err := io.WriteString(p.conn, text)
		return err
	case "line":
		return p.line()
	case "head":
		return p.until("\r\n")
	case "dot":
		return p.until(".\r\n")
	case "chunks":
		return p.chunks()
	case "read":
		n, err := strconv.ParseInt(s.text, 10, 64)
		if err == nil {
			_, err = io.CopyN(&p.log, p.r, n)
		}
		return err
	case "all":
		_, err := io.Copy(&p.log, p.r)
		return err
	case "close":
		return p.conn.Close()
	case "data":
		return p.take(p.second, &p.data)
	case "dial":
		return p.dialBack()
	case "dsend":
		_, err := io.WriteString(p.data, s.text)
		return err
	case "dall":
		_, err := io.Copy(&p.log, p.data)
		return err
	case "dclose":
		return p.data.Close()
	}
	return fmt.Errorf("unknown step %q", s.verb)
}

func (p *part) accept() error {
	if err := p.take(p.first, &p.conn); err != nil {
		return err
	}
	p.r = bufio.NewReader(p.conn)
	return nil
}

func (p *part) take(l net.Listener, to *net.Conn) error {
	err := l.(interface{ SetDeadline(time.Time) error }).SetDeadline(p.now().Add(patience))
	if err != nil {
		return err
	}
	c, err := l.Accept()
	if err != nil {
		return err
	}
	*to = c
	return c.SetDeadline(p.now().Add(patience))
}

func (p *part) line() (err error) {
	p.last, err = p.r.ReadString('\n')
	p.log.WriteString(p.last)
	return err
}

func (p *part) until(end string) error {
	for {
		if err := p.line(); err != nil || p.last == end {
			return err
		}
	}
}

// chunks receives a chunked body.
func (p *part) chunks() error {
	for {
		if err := p.line(); err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(p.last), 16, 64)
		if err != nil {
			return err
		}
		if size == 0 {
			return p.until("\r\n")
		}
		if _, err := io.CopyN(&p.log, p.r, size+2); err != nil {
			return err
		}
	}
}

// dialBack connects to the address that the client has sent.
func (p *part) dialBack() error {
	var port int
	command, rest, _ := strings.Cut(strings.TrimSpace(p.last), " ")
	switch strings.ToUpper(command) {
	case "EPRT":
		fields := strings.Split(rest, "|")
		if len(fields) != 5 {
			return fmt.Errorf("bad EPRT %q", rest)
		}
		port, _ = strconv.Atoi(fields[3])
	case "PORT":
		var a, b, c, d, high, low int
		if _, err := fmt.Sscanf(rest, "%d,%d,%d,%d,%d,%d", &a, &b, &c, &d, &high, &low); err != nil {
			return err
		}
		port = high<<8 | low
	}
	c, err := p.dial(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	p.data = c
	return c.SetDeadline(p.now().Add(patience))
}
