package sftp_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/ssh"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestKinds: keys of RSA and ECDSA let in as those of Ed25519 do, OpenSSH's client at our server and our client at sshd.
func TestKinds(t *testing.T) {
	sftp := interop.Program(t, "sftp", "openssh-client")
	address, dir := startSSHD(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	interop.Run(t, func(m *interop.Machine) {
		for name, private := range map[string]crypto.Signer{"rsa": r, "ecdsa": e} {
			signer, err := gossh.NewSignerFromKey(private)
			block, failed := gossh.MarshalPrivateKey(private, "")
			if err != nil || failed != nil {
				t.Error(err, failed)
				return
			}
			os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600)
			s := server(t, m.Stack, files(t))
			s.Account = func(string) (ssh.Account, bool) {
				return ssh.Account{Keys: []gossh.PublicKey{signer.PublicKey()}}, true
			}
			l, err := m.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Error(err)
				return
			}
			m.Go("ssh", func() { s.Serve(m.Stack, l) })
			_, port, _ := net.SplitHostPort(l.Addr().String())
			run(t, m, dir, "ls pub\n", sftp, "-b", "-", "-P", port, "-i", filepath.Join(dir, name), "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no",
				"-o", "BatchMode=yes", "-F", "/dev/null", "alice@127.0.0.1")
			s.Close()

			os.WriteFile(filepath.Join(dir, "authorized"), gossh.MarshalAuthorizedKey(signer.PublicKey()), 0o600)
			o := options(t, m.Stack)
			o.User, o.Key, o.Password = me.Username, signer, ""
			conn, _, err := dial(m.Stack, address, o)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			conn.Close()
		}
	})
}

// served runs f in a world beside a server that set may change.
func served(t *testing.T, set func(*ssh.Server), f func(st *stack.Stack)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	host, _ := w.Local()
	st := host.NewStack("test")
	main := st.Go("main", func() {
		s := server(t, st, files(t))
		set(s)
		l, err := st.Listen("tcp", "localhost:22")
		if err != nil {
			t.Error(err)
			return
		}
		st.Go("ssh", func() { s.Serve(st, l) })
		f(st)
		s.Close()
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}

// TestLoginTime: a client that says this and that, but not who it is, is not listened to for ever; one that has logged in is.
func TestLoginTime(t *testing.T) {
	served(t, func(*ssh.Server) {}, func(st *stack.Stack) {
		c, err := st.Dial("tcp", "localhost:22")
		if err != nil {
			t.Error(err)
			return
		}
		began := st.Now()
		_, err = io.WriteString(c, "SSH-2.0-slow\r\n")
		for err == nil && st.Now().Sub(began) < time.Hour {
			_, err = io.WriteString(c, "\x00\x00\x00\x0c\x06\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00") // IGNORE
			st.Sleep(10 * time.Second)
		}
		if took := st.Now().Sub(began); err == nil || took > 3*time.Minute || took < time.Minute {
			t.Errorf("after %v: %v", took, err)
		}
		c.Close()
		conn, client, err := dial(st, "localhost:22", options(t, st))
		if err != nil {
			t.Error(err)
			return
		}
		for range 3 {
			st.Sleep(5 * time.Minute)
			if _, err := client.Stat("/pub"); err != nil {
				t.Errorf("%v after the login: %v", st.Now().Sub(began), err)
			}
		}
		conn.Close()
	})
}

// An old signer knows its key's own algorithm alone, which for RSA is that with SHA-1.
type old struct{ gossh.Signer }

// TestSHA1: a signature with SHA-1, which can be forged, lets nobody in.
func TestSHA1(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	set := func(s *ssh.Server) {
		s.Account = func(string) (ssh.Account, bool) {
			return ssh.Account{Keys: []gossh.PublicKey{signer.PublicKey()}}, true
		}
	}
	served(t, set, func(st *stack.Stack) {
		for _, c := range []struct {
			key gossh.Signer
			in  bool
		}{{signer, true}, {old{signer}, false}} {
			o := options(t, st)
			o.Key, o.Password = c.key, ""
			conn, _, err := dial(st, "localhost:22", o)
			if (err == nil) != c.in || err != nil && stack.Code(err) != "denied" {
				t.Errorf("%T: %v", c.key, err)
			}
			if err == nil {
				conn.Close()
			}
		}
	})
}
