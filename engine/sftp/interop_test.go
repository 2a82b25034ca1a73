package sftp_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"
	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/scp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// writeKey writes the private key of a seed as OpenSSH wants it.
func writeKey(t testing.TB, file string, seed byte) {
	t.Helper()
	block, err := gossh.MarshalPrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)), "")
	if err == nil {
		err = os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a program and wants it to succeed.
func run(t *testing.T, m *interop.Machine, dir, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	out, err := m.Output(cmd)
	if err != nil {
		t.Errorf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

// TestOpenSSHClients lets sftp and scp of OpenSSH use the server.
func TestOpenSSHClients(t *testing.T) {
	sftp, scpProgram := interop.Program(t, "sftp", "openssh-client"), interop.Program(t, "scp", "openssh-client")
	dir := t.TempDir()
	writeKey(t, filepath.Join(dir, "key"), 2)
	interop.Run(t, func(m *interop.Machine) {
		fs := files(t)
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		s := server(t, m.Stack, fs)
		m.Go("ssh", func() { s.Serve(m.Stack, l) })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		known := "[127.0.0.1]:" + port + " " + string(gossh.MarshalAuthorizedKey(key(t, 1).PublicKey()))
		if err := os.WriteFile(filepath.Join(dir, "known"), []byte(known), 0o600); err != nil {
			t.Error(err)
		}
		common := []string{"-P", port, "-i", filepath.Join(dir, "key"), "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + filepath.Join(dir, "known"), "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-F", "/dev/null"}
		run(t, m, dir, `pwd
ls -l pub
get pub/big.bin
put big.bin incoming/copy
rename incoming/copy incoming/moved
mkdir incoming/d
put -p big.bin incoming/d/
put key incoming/key
chmod 600 incoming/moved
ls -l incoming
reget pub/big.bin
cd ../../..
-get secret
-get ../secret stolen
rm incoming/d/big.bin
rmdir incoming/d
`, sftp, append(append([]string{"-b", "-"}, common...), "alice@127.0.0.1")...)
		same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "big.bin"))
		moved, err := afero.ReadFile(fs, "/srv/incoming/moved")
		if err != nil || !bytes.Equal(moved, big) {
			t.Error(len(moved), err)
		}
		if i, err := fs.Stat("/srv/incoming/key"); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("a file for the owner alone became %v, %v", i.Mode(), err)
		}
		if _, err := os.Stat(filepath.Join(dir, "secret")); err == nil {
			t.Error("a file outside of the root was fetched")
		}
		run(t, m, dir, "", scpProgram, append(common, "-r", "alice@127.0.0.1:pub", "copied")...)
		same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "copied", "note.txt"))
		run(t, m, dir, "", scpProgram, append(common, "-p", "big.bin", "alice@127.0.0.1:incoming/by_scp")...)
		same(t, fs, "/srv/incoming/by_scp", filepath.Join(dir, "big.bin"))
		oldProtocol(t, m, fs, dir, append([]string{"-O", "-p"}, common...))
		s.Close()
	})
}

func same(t *testing.T, fs afero.Fs, remote, local string) {
	t.Helper()
	want, err := afero.ReadFile(fs, remote)
	got, lerr := os.ReadFile(local)
	if err != nil || lerr != nil || !bytes.Equal(want, got) {
		t.Errorf("%s has %d bytes, %s %d; %v %v", remote, len(want), local, len(got), err, lerr)
	}
}

// startSSHD runs sshd, as inetd does, for whoever has the key of seed 2. It returns its address and a folder with big.bin.
func startSSHD(t *testing.T) (address, dir string) {
	t.Helper()
	sshd := interop.Program(t, "/usr/sbin/sshd", "openssh-server")
	dir = t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	writeKey(t, filepath.Join(dir, "host"), 1)
	authorized := filepath.Join(dir, "authorized")
	os.WriteFile(authorized, gossh.MarshalAuthorizedKey(key(t, 2).PublicKey()), 0o600)
	os.WriteFile(filepath.Join(dir, "big.bin"), big, 0o644)
	os.MkdirAll("/run/sshd", 0o755)
	conf := filepath.Join(dir, "sshd_config")
	os.WriteFile(conf, []byte("HostKey "+filepath.Join(dir, "host")+"\nAuthorizedKeysFile "+authorized+"\nStrictModes no\nUsePAM no\nPidFile none\nSubsystem sftp internal-sftp\nPermitRootLogin yes\nRekeyLimit 200K\n"), 0o600)
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			f, err := c.File()
			c.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(sshd, "-i", "-e", "-f", conf)
			cmd.Stdin, cmd.Stdout = f, f
			cmd.Start()
			f.Close()
			go cmd.Wait()
		}
	}()
	return l.Addr().String(), dir
}

// TestSSHD runs the client against OpenSSH's server.
func TestSSHD(t *testing.T) {
	address, dir := startSSHD(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	interop.Run(t, func(m *interop.Machine) {
		o := options(t, m.Stack)
		o.User, o.Key = me.Username, key(t, 2)
		conn, c, err := dial(m.Stack, address, o)
		if err != nil {
			t.Error(err)
			return
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		var got bytes.Buffer
		n, err := c.Fetch(filepath.Join(dir, "big.bin"), &got)
		if must(err); n != int64(len(big)) || !bytes.Equal(got.Bytes(), big) {
			t.Error(n)
		}
		must(c.Mkdir(filepath.Join(dir, "d")))
		_, err = c.Store(filepath.Join(dir, "d", "copy"), bytes.NewReader(big))
		must(err)
		list, err := c.List(filepath.Join(dir, "d"))
		if must(err); len(list) != 1 || list[0].Name != "copy" || *list[0].Attrs.Size != uint64(len(big)) {
			t.Error(list)
		}
		must(c.Rename(filepath.Join(dir, "d", "copy"), filepath.Join(dir, "moved")))
		must(c.Rmdir(filepath.Join(dir, "d")))
		must(c.Remove(filepath.Join(dir, "moved")))
		if _, err := c.Stat(filepath.Join(dir, "moved")); err == nil {
			t.Error("a file that is gone")
		}
		must(conn.Close())
		byCommand(t, m, address, o, filepath.Join(dir, "by scp; it's"))
		o.Key = nil
		o.Password = "wrong"
		if _, _, err := dial(m.Stack, address, o); err != ssh.ErrLogin {
			t.Errorf("a wrong password: %v", err)
		}
		o.HostKey = func(gossh.PublicKey) error { return ssh.ErrHostKey }
		if _, _, err := dial(m.Stack, address, o); err != ssh.ErrHostKey {
			t.Errorf("a wrong host: %v", err)
		}
	})
}

// byCommand stores and fetches a file by the old protocol.
func byCommand(t *testing.T, m *interop.Machine, address string, o ssh.Options, file string) {
	t.Helper()
	command := func(c scp.Command, use func(io.ReadWriter) error) error {
		conn, err := ssh.Dial(m.Stack, address, o)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.Exec(c.String()); err != nil {
			return err
		}
		return use(conn.Channel)
	}
	var got bytes.Buffer
	if err := command(scp.Command{Take: true, Path: file}, func(rw io.ReadWriter) error {
		return scp.Store(rw, "by_scp", int64(len(big)), bytes.NewReader(big))
	}); err != nil {
		t.Error(err)
	}
	fetch := func(rw io.ReadWriter) error {
		_, err := scp.Fetch(rw, &got)
		return err
	}
	if err := command(scp.Command{Path: file}, fetch); err != nil || !bytes.Equal(got.Bytes(), big) {
		t.Error(err, got.Len())
	}
	if err := command(scp.Command{Path: file + ".not"}, fetch); stack.Code(err) != "not-found" {
		t.Error(err)
	}
}

// oldProtocol lets scp copy by its own protocol.
func oldProtocol(t *testing.T, m *interop.Machine, fs afero.Fs, dir string, old []string) {
	t.Helper()
	scpProgram := interop.Program(t, "scp", "openssh-client")
	run(t, m, dir, "", scpProgram, append(old, "-r", "alice@127.0.0.1:pub", "old")...)
	same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "old", "big.bin"))
	if i, err := os.Stat(filepath.Join(dir, "old", "note.txt")); err != nil || i.ModTime().Unix() != 1773500966 {
		t.Error(i, err)
	}
	run(t, m, dir, "", scpProgram, append(old, "alice@127.0.0.1:pub/n*.txt", "by_pattern")...)
	same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "by_pattern"))
	run(t, m, dir, "", scpProgram, append(old, "by_pattern", `alice@127.0.0.1:incoming/two\ words`)...)
	same(t, fs, "/srv/incoming/two words", filepath.Join(dir, "by_pattern"))
	run(t, m, dir, "", scpProgram, append(old, "-r", "copied", "alice@127.0.0.1:incoming")...)
	same(t, fs, "/srv/incoming/copied/note.txt", filepath.Join(dir, "copied", "note.txt"))
	run(t, m, dir, "", scpProgram, append(old, "big.bin", "alice@127.0.0.1:incoming/by_old_scp")...)
	same(t, fs, "/srv/incoming/by_old_scp", filepath.Join(dir, "big.bin"))
	for _, args := range [][]string{{"alice@127.0.0.1:../secret", "stolen"}, {"alice@127.0.0.1:pub", "folder"}, {"big.bin", "alice@127.0.0.1:nowhere/x"}} {
		if out, err := m.Output(exec.Command(scpProgram, append(old, args...)...)); err == nil {
			t.Errorf("scp -O %q: %s", args, out)
		}
	}
}
