package pki_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// handshake lets a client that expects a server called name talk to one that has a certificate for names, in a world of two hosts.
func handshake(t *testing.T, seed uint64, name string, names ...string) (reply, hash string, err error) {
	t.Helper()
	w, werr := engine.New(engine.Options{Seed: seed, Hash: true, TimeLimit: time.Hour})
	if werr != nil {
		t.Fatal(werr)
	}
	defer w.Close()
	server, _ := w.AddHost("server")
	client, _ := w.AddHost("client")
	if _, err := w.Net.Link(server.V, client.V, vnet.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	a, werr := w.Authority()
	if werr != nil {
		t.Fatal(werr)
	}
	ss, cs := server.NewStack("server"), client.NewStack("client")
	l, werr := ss.Listen("tcp", ":443")
	if werr != nil {
		t.Fatal(werr)
	}
	ss.Go("server", func() {
		config, err := a.Server(ss, names...)
		if err != nil {
			t.Error(err)
			return
		}
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		tc := tls.Server(c, config)
		io.WriteString(tc, "hello from "+names[0])
		tc.Close()
	})
	main := cs.Go("client", func() {
		var c *stack.Conn
		if c, err = cs.Dial("tcp", "server:443"); err != nil {
			return
		}
		defer c.Close()
		var b []byte
		b, err = io.ReadAll(tls.Client(c, a.Client(cs, name)))
		reply = string(b)
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
	return reply, w.Hash(), err
}

func TestHandshakesRepeat(t *testing.T) {
	reply, hash, err := handshake(t, 1, "server", "server")
	if reply != "hello from server" || err != nil {
		t.Fatalf("%q, %v", reply, err)
	}
	if _, again, _ := handshake(t, 1, "server", "server"); again != hash {
		t.Error("the same seed gave other packets")
	}
	if _, other, _ := handshake(t, 2, "server", "server"); other == hash {
		t.Error("another seed gave the same packets")
	}
}

func TestNamesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name  string
		names []string
		want  string // of the error; "" for none
	}{
		{"mail.lab", []string{"mail.lab", "pop.lab"}, ""},
		{"pop.lab", []string{"mail.lab", "pop.lab"}, ""},
		{"www.lab", []string{"*.lab"}, ""},
		{"10.0.0.1", []string{"x.lab", "10.0.0.1"}, ""},
		{"evil.lab", []string{"mail.lab"}, "valid for mail.lab, not evil.lab"},
	} {
		_, _, err := handshake(t, 3, c.name, c.names...)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with a certificate for %v: %v, want %q", c.name, c.names, err, c.want)
		}
	}
}

func TestAuthority(t *testing.T) {
	a, err := pki.New(5)
	if err != nil {
		t.Fatal(err)
	}
	same, _ := pki.New(5)
	other, _ := pki.New(6)
	if !bytes.Equal(a.Certificate().Raw, same.Certificate().Raw) || bytes.Equal(a.Certificate().Raw, other.Certificate().Raw) {
		t.Error("an authority does not follow from its seed")
	}
	if _, err := a.Issue(); err == nil {
		t.Error("a certificate for nobody")
	}
	virtual, err := engine.New(engine.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer virtual.Close()
	if got, _ := virtual.Authority(); !bytes.Equal(got.Certificate().Raw, a.Certificate().Raw) {
		t.Error("the authority of a world does not follow from its seed")
	}
	real, err := engine.New(engine.Options{Seed: 5, Real: true})
	if err != nil {
		interop.Missing(t, "the machine's network: %v", err)
	}
	defer real.Close()
	if got, _ := real.Authority(); bytes.Equal(got.Certificate().Raw, a.Certificate().Raw) {
		t.Error("on the machine's network the authority can be guessed")
	}
}
