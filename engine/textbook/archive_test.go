package textbook_test

import (
	"bytes"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/sftp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestArchive: guests fetch files from the archive of the department, by active and passive data connections and under TLS, and change nothing.
func TestArchive(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "pt")
	authority, err := n.world.Authority()
	if err != nil {
		t.Fatal(err)
	}
	n.at("pc1.in.di.fct.unl.pt", func(_ *engine.Host, s *stack.Stack) {
		for _, active := range []bool{false, true} {
			c, err := ftp.Dial(s, "ftp.di.fct.unl.pt:21", ftp.Options{Active: active, TLS: authority.Client(s, "ftp.di.fct.unl.pt")})
			if err != nil {
				t.Fatal(err)
			}
			if active {
				err = c.AuthTLS()
			}
			if err == nil {
				err = c.Login("anonymous", "aluno@di.fct.unl.pt", "")
			}
			var text bytes.Buffer
			if _, ferr := c.Fetch("pub/numbers.txt", &text); err != nil || ferr != nil || !strings.HasPrefix(text.String(), "   1        1            1\n") {
				t.Errorf("%v %v %.40q", err, ferr, text.String())
			}
			if _, err := c.Store("README", &text); err == nil {
				t.Error("a guest has changed README")
			}
			if err := c.Quit(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestHome: what a student stores by FTP is fetched by SFTP, in a folder of the student's own.
func TestHome(t *testing.T) {
	n := build(t, engine.Options{Seed: 1}, "pt")
	const beta = "beta.di.fct.unl.pt"
	n.at("pc1.in.di.fct.unl.pt", func(_ *engine.Host, s *stack.Stack) {
		c, err := ftp.Dial(s, beta+":21", ftp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login("aluno", "hungry", ""); err != nil {
			t.Error(err)
		}
		if _, err := c.Store("work.txt", strings.NewReader("my work\n")); err != nil {
			t.Error(err)
		}
		c.Quit()
		for _, user := range []string{"aluno", "jose"} {
			conn, err := ssh.Dial(s, beta+":22", ssh.Options{User: user, Password: "hungry", Rand: pki.Random(s.Rand()), HostKey: func(gossh.PublicKey) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			err = conn.Subsystem(sftp.Subsystem)
			var text bytes.Buffer
			client, cerr := sftp.NewClient(conn.Channel)
			if err == nil && cerr == nil {
				_, err = client.Fetch("work.txt", &text)
			}
			if (err == nil) != (user == "aluno") || user == "aluno" && text.String() != "my work\n" {
				t.Errorf("%s: %q, %v, %v", user, text.String(), err, cerr)
			}
			conn.Close()
		}
	})
}
