package ssh

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// zeros is a source of bytes that are no secret.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A script is a connection whose other side says what it always says.
type script struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

func scripted(in []byte, server bool) *transport {
	s := sim.New(sim.Options{})
	st := stack.New(s, s.Root(), nil, "fuzz")
	c := &script{in: bytes.NewReader(in)}
	return &transport{conn: c, st: st, r: bufio.NewReader(c), rand: zeros{}, timeout: time.Minute, charge: func(int) {}, in: &direction{}, out: &direction{}, server: server}
}

// packets puts payloads into packets without encryption.
func packets(payloads ...[]byte) []byte {
	t := scripted(nil, false)
	for _, p := range payloads {
		t.write(p)
	}
	return t.conn.(*script).out.Bytes()
}

// FuzzServer lets a server read nonsense before keys are agreed on, and as if they had been: it ends, and without a panic.
func FuzzServer(f *testing.F) {
	client := scripted(nil, false)
	offer, _ := client.kexInit()
	f.Add(append([]byte("SSH-2.0-x\r\n"), packets(ssh.Marshal(offer), ssh.Marshal(&ecdhInitMsg{bytes.Repeat([]byte{9}, 32)}), []byte{msgNewKeys})...))
	f.Add(packets(ssh.Marshal(&serviceMsg{userAuth}), ssh.Marshal(&authRequestMsg{"alice", connection, "password", ssh.Marshal(struct {
		Change   bool
		Password string
	}{false, "hungry"})}), ssh.Marshal(&openMsg{Type: "session", Window: 100, Packet: 100}), ssh.Marshal(&requestMsg{0, "subsystem", true, ssh.Marshal(struct{ Name string }{"sftp"})}), ssh.Marshal(&dataMsg{0, 3, []byte("abc")})))
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	s := &Server{Key: signer, Account: func(string) (Account, bool) {
		return Account{Password: "hungry", Keys: []ssh.PublicKey{signer.PublicKey()}}, true
	}, Run: func(c *Channel, _ bool, _ string) (func() int, bool) {
		return func() int {
			b := make([]byte, 100)
			n, _ := c.Read(b)
			c.Write(b[:n])
			return n
		}, true
	}}
	f.Fuzz(func(t *testing.T, in []byte) {
		x := scripted(in, true)
		x.identity.signer = signer
		s.serve(x)
		y := scripted(in, true)
		y.session = make([]byte, 32) // as if keys had been agreed on
		y.identity.signer = signer
		if _, err := s.admit(y); err == nil {
			c := newChannel(y)
			for c.pump() == nil {
			}
		}
		if n := y.conn.(*script).out.Len(); n > 1000*(len(in)+1000) {
			t.Fatalf("%d bytes in answer to %d", n, len(in))
		}
	})
}

// FuzzClient does the same to a client.
func FuzzClient(f *testing.F) {
	server := scripted(nil, true)
	offer, _ := server.kexInit()
	f.Add(append([]byte("hello\r\nSSH-2.0-x\r\n"), packets(ssh.Marshal(offer), ssh.Marshal(&ecdhReplyMsg{[]byte("key"), bytes.Repeat([]byte{9}, 32), []byte("signature")}))...))
	f.Add(packets([]byte{msgServiceAccept, 0, 0, 0, 1, 'x'}, []byte{msgAuthSuccess}, ssh.Marshal(&openConfirmMsg{0, 0, 100, 100, nil})))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, session := range [][]byte{nil, make([]byte, 32)} {
			x := scripted(in, false)
			x.session = session
			x.identity.check = func(ssh.PublicKey) error { return nil }
			c := &Client{t: x}
			o := &Options{User: "alice", HostKey: x.identity.check}
			if session == nil {
				c.begin(o)
				continue
			}
			if login(x, o) == nil {
				c.Channel = newChannel(x)
				for c.Channel.pump() == nil {
				}
			}
		}
	})
}
