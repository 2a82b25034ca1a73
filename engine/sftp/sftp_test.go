package sftp_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"
	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/scp"
	"github.com/moonwire-lab/moonwire/engine/sftp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

const note = "a note\nof two lines\n"

var big = bytes.Repeat([]byte("\x00\xff\r\n\nabc"), 40_000)

func files(t testing.TB) afero.Fs {
	fs := afero.NewMemMapFs()
	for name, text := range map[string]string{"/srv/pub/note.txt": note, "/srv/pub/big.bin": string(big), "/secret": "secret"} {
		if err := afero.WriteFile(fs, name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
		fs.Chtimes(name, when, when)
	}
	fs.MkdirAll("/srv/incoming", 0o755)
	for _, name := range []string{"/srv", "/srv/pub", "/srv/incoming"} {
		fs.Chmod(name, 0o755)
	}
	return fs
}

func key(t testing.TB, seed byte) gossh.Signer {
	signer, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// server returns an SSH server with the subsystem sftp for alice, who has a password and a key.
func server(t testing.TB, st *stack.Stack, fs afero.Fs) *ssh.Server {
	return &ssh.Server{Key: key(t, 1), Rand: pki.Random(st.Rand()),
		Account: func(user string) (ssh.Account, bool) {
			return ssh.Account{Password: "hungry", Keys: []gossh.PublicKey{key(t, 2).PublicKey()}}, user == "alice"
		},
		Run: func(c *ssh.Channel, subsystem bool, name string) (func() int, bool) {
			if command, ok := scp.ParseCommand(name); ok && !subsystem {
				return func() int { return (&scp.Server{FS: fs, Root: "/srv"}).Serve(c, command) }, true
			}
			return func() int {
				s := &sftp.Server{FS: fs, Root: "/srv"}
				if err := s.Serve(c); err != nil {
					return 1
				}
				return 0
			}, subsystem && name == sftp.Subsystem
		}}
}

func options(t testing.TB, st *stack.Stack) ssh.Options {
	return ssh.Options{User: "alice", Password: "hungry", Rand: pki.Random(st.Rand()), HostKey: func(k gossh.PublicKey) error {
		if string(k.Marshal()) != string(key(t, 1).PublicKey().Marshal()) {
			return ssh.ErrHostKey
		}
		return nil
	}}
}

func dial(st *stack.Stack, address string, o ssh.Options) (*ssh.Client, *sftp.Client, error) {
	conn, err := ssh.Dial(st, address, o)
	if err != nil {
		return nil, nil, err
	}
	err = conn.Subsystem(sftp.Subsystem)
	var c *sftp.Client
	if err == nil {
		c, err = sftp.NewClient(conn.Channel)
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, c, nil
}

func TestConformance(t *testing.T) {
	serve := func(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
		l, err := st.Listen("tcp", address)
		if err != nil {
			return "", nil, err
		}
		s := server(t, st, files(t))
		st.Go("accept", func() { s.Serve(st, l) })
		return l.Addr().String(), s.Close, nil
	}
	talk := func(st *stack.Stack, address string) (string, error) {
		conn, c, err := dial(st, address, options(t, st))
		if err != nil {
			return "", err
		}
		defer conn.Close()
		var b strings.Builder
		list, err := c.List("pub")
		if err != nil {
			return "", err
		}
		for _, e := range list {
			fmt.Fprintln(&b, e.Name, *e.Attrs.Size, e.Attrs.ModTime())
		}
		var text bytes.Buffer
		if _, err := c.Fetch("pub/note.txt", &text); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%q", text.String())
		if _, err := c.Store("incoming/copy", bytes.NewReader(big[:50_000])); err != nil {
			return "", err
		}
		text.Reset()
		n, err := c.Fetch("incoming/copy", &text)
		if err != nil || !bytes.Equal(text.Bytes(), big[:50_000]) {
			return "", fmt.Errorf("fetched %d bytes: %w", n, err)
		}
		return b.String(), c.Remove("incoming/copy")
	}
	garbage := [][]byte{[]byte("SSH-2.0-x\r\n" + strings.Repeat("\x00\x00\x01\x00", 1000)), []byte("SSH-1.5-old\r\n"), []byte("GET / HTTP/1.0\r\n\r\n"), []byte("SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), []byte("SSH-2.0-x\r\n\xff\xff\xff\xff")}
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 22, Patience: 2 * time.Hour, Garbage: garbage})
}
