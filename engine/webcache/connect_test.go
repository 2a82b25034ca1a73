package webcache_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// ask sends a request and returns the beginning of what comes back.
func ask(b *bench, request string) (net.Conn, string) {
	c, err := b.st.Dial("tcp", "localhost:3128")
	if err != nil {
		b.t.Fatal(err)
	}
	io.WriteString(c, request)
	c.SetReadDeadline(b.st.Now().Add(time.Hour))
	var head [1000]byte
	n, _ := c.Read(head[:])
	return c, string(head[:n])
}

// echo is a server that says what it hears, in capitals, and what it has to say when it hears no more.
func echo(b *bench, address string) (taken func() bool) {
	l, err := b.st.Listen("tcp", address)
	if err != nil {
		b.t.Fatal(err)
	}
	some := false
	b.st.Go("echo", func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		some = true
		text, _ := io.ReadAll(c)
		b.st.Sleep(time.Second)
		io.WriteString(c, strings.ToUpper(string(text)))
		c.Close()
		l.Close()
	})
	return func() bool { return some }
}

// TestConnect hands on what goes through a tunnel and the end of either side, and refuses what is not for tunnels.
func TestConnect(t *testing.T) {
	world(t, func(b *bench) {
		before := b.st.OpenSockets()
		echo(b, "localhost:443")
		c, head := ask(b, "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\nearly ")
		if !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("%q", head)
		}
		io.WriteString(c, "and late")
		c.(*stack.Conn).CloseWrite()
		if text, err := io.ReadAll(c); string(text) != "EARLY AND LATE" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		c.Close()
		b.st.Sleep(time.Minute)
		if n := b.st.OpenSockets(); n != before || b.cache.Stats().Tunnels != 1 || b.cache.Stats().Requests != 0 {
			t.Errorf("%d sockets are open, before %d; %+v", n, before, b.cache.Stats())
		}
		if list := *b.log; len(list) != 1 || list[0].Status != 200 || list[0].Bytes != int64(2*len("early and late")) || list[0].Request.Method != "CONNECT" || list[0].Finished.Sub(list[0].Began) < time.Second {
			t.Errorf("%+v", list)
		}
		taken := echo(b, "localhost:25")
		for request, want := range map[string]string{
			"CONNECT localhost:25 HTTP/1.1\r\nHost: localhost:25\r\n\r\n": "403", "CONNECT localhost HTTP/1.1\r\nHost: localhost\r\n\r\n": "400", "CONNECT :443 HTTP/1.1\r\nHost: x\r\n\r\n": "400",
			"CONNECT localhost:70000 HTTP/1.1\r\nHost: localhost\r\n\r\n": "400", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n": "502",
			"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nContent-Length: 3\r\n\r\nabc": "400", "CONNECT nowhere.example:443 HTTP/1.1\r\nHost: x\r\n\r\n": "502",
		} {
			c, head := ask(b, request)
			if !strings.HasPrefix(head, "HTTP/1.1 "+want) {
				t.Errorf("%q: %q, want %s", request, head, want)
			}
			c.Close()
		}
		if taken() {
			t.Error("port 25 was connected to")
		}
	})
}

// TestConnectEnds: a tunnel through which nothing goes is not kept, nor one whose client is gone.
func TestConnectEnds(t *testing.T) {
	world(t, func(b *bench) {
		before := b.st.OpenSockets()
		for _, leave := range []bool{false, true} {
			echo(b, "localhost:443")
			c, _ := ask(b, "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n")
			began := b.st.Now()
			if leave {
				c.Close()
			}
			io.ReadAll(c)
			if took := b.st.Now().Sub(began); !leave && took < 9*time.Minute || took > 11*time.Minute {
				t.Errorf("it ended after %v", took)
			}
			c.Close()
			b.st.Sleep(time.Minute)
			if n := b.st.OpenSockets(); n != before {
				t.Errorf("%d sockets are open, before %d", n, before)
			}
		}
	})
}

// TestConnectStalls: what a side does not take for long breaks the tunnel; nothing is left out of what it gets.
func TestConnectStalls(t *testing.T) {
	world(t, func(b *bench) {
		l, err := b.st.Listen("tcp", "localhost:443")
		if err != nil {
			t.Fatal(err)
		}
		sent := make([]byte, 4<<20)
		for i := range sent {
			sent[i] = byte(i >> 12)
		}
		var got []byte
		b.st.Go("slow", func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.st.Sleep(5 * time.Minute)
			got, _ = io.ReadAll(c)
			c.Close()
			l.Close()
		})
		c, head := ask(b, "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("%q", head)
		}
		c.SetWriteDeadline(b.st.Now().Add(time.Hour))
		if _, err := c.Write(sent); err == nil {
			t.Error("all was sent through a tunnel whose other end takes nothing")
		}
		c.Close()
		b.st.Sleep(time.Hour)
		if len(got) == 0 || !bytes.HasPrefix(sent, got) {
			t.Errorf("%d bytes came, and they are not those that were sent first", len(got))
		}
	})
}

// secured starts a server of https with a page.
func secured(st *stack.Stack, authority *pki.Authority, name, address string) (*http.Server, net.Addr, error) {
	config, err := authority.Server(st, name)
	if err != nil {
		return nil, nil, err
	}
	l, err := st.Listen("tcp", address)
	if err != nil {
		return nil, nil, err
	}
	s := &http.Server{TLS: config, Handler: func(*http.Request) *http.Response { return http.Text(200, "under TLS") }}
	st.Go("https", func() { s.Serve(st, l) })
	return s, l.Addr(), nil
}

// TestClientTunnels: a client with a proxy comes to https through it, on one connection for many requests, and is told why it does not.
func TestClientTunnels(t *testing.T) {
	world(t, func(b *bench) {
		authority, err := pki.New(1)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := secured(b.st, authority, "localhost", "localhost:443")
		if err != nil {
			t.Fatal(err)
		}
		b.client.TLS = func(host string) (*tls.Config, error) { return authority.Client(b.st, host), nil }
		for range 3 {
			a, err := b.client.Get("https://localhost/")
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := io.ReadAll(a.Body); string(text) != "under TLS\n" {
				t.Errorf("%q", text)
			}
		}
		if n := b.cache.Stats().Tunnels; n != 1 {
			t.Errorf("%d tunnels", n)
		}
		b.client.Close()
		s.Close()
		for target, want := range map[string]string{"https://localhost:8443/": "403 Forbidden", "https://localhost/": "502 Bad Gateway"} {
			if _, err := b.client.Get(target); err == nil || !strings.Contains(err.Error(), want) || stack.Code(err) != "refused" {
				t.Errorf("%s: %v", target, err)
			}
		}
	})
}

// TestCurlTunnels lets curl and wget fetch from https through the cache.
func TestCurlTunnels(t *testing.T) {
	curl, wget := interop.Program(t, "curl", "curl"), interop.Program(t, "wget", "wget")
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}), 0o600)
	interop.Run(t, func(m *interop.Machine) {
		s, at, err := secured(m.Stack, authority, "127.0.0.1", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		c := &webcache.Cache{Stack: m.Stack, Name: "cache", Ports: []int{at.(*net.TCPAddr).Port}}
		proxy := &http.Server{Handler: c.Answer, Connect: c.Connect}
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("cache", func() { proxy.Serve(m.Stack, l) })
		url := "https://" + at.String() + "/"
		fetch := exec.Command(wget, "-q", "-O", "-", "-T", "20", "-t", "1", "--ca-certificate", file, url)
		fetch.Env = append(os.Environ(), "https_proxy=http://"+l.Addr().String())
		for _, cmd := range []*exec.Cmd{exec.Command(curl, "-s", "-S", "-m", "20", "-x", "http://"+l.Addr().String(), "--cacert", file, url), fetch} {
			if out, err := m.Output(cmd); out != "under TLS\n" || err != nil {
				t.Errorf("%s: %q, %v", cmd, out, err)
			}
		}
		if n := c.Stats().Tunnels; n != 2 {
			t.Errorf("%d tunnels", n)
		}
		proxy.Close()
		s.Close()
	})
}
