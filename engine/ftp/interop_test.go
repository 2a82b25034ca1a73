package ftp_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
)

// serving runs f beside a server on the machine's network. With secure, the server has a certificate.
func serving(t *testing.T, change func(*ftp.Server), f func(m *interop.Machine, port string, fs afero.Fs)) {
	t.Helper()
	interop.Run(t, func(m *interop.Machine) {
		fs := files(t)
		s := server(fs)
		authority, err := pki.New(1)
		if err == nil {
			s.TLS, err = authority.Server(m.Stack, "127.0.0.1")
		}
		change(s)
		l, lerr := m.Listen("tcp", "127.0.0.1:0")
		if err != nil || lerr != nil {
			t.Error(err, lerr)
			return
		}
		m.Go("ftp", func() { s.Serve(m.Stack, l) })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		f(m, port, fs)
		s.Close()
	})
}

// command runs a program in a folder and wants it to succeed.
func command(t *testing.T, m *interop.Machine, dir, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "TERM=dumb")
	out, err := m.Output(cmd)
	if err != nil {
		t.Errorf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

// same compares a file of the machine with one of the server.
func same(t *testing.T, fs afero.Fs, remote, local string) {
	t.Helper()
	want, err := afero.ReadFile(fs, remote)
	got, lerr := os.ReadFile(local)
	if err != nil || lerr != nil || string(want) != string(got) {
		t.Errorf("%s has %d bytes, %s %d; %v %v", remote, len(want), local, len(got), err, lerr)
	}
}

func TestCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	for _, c := range []struct {
		name   string
		scheme string
		change func(*ftp.Server)
		args   []string
	}{
		{"epsv", "ftp", func(*ftp.Server) {}, nil},
		{"pasv", "ftp", func(s *ftp.Server) { s.TLS = nil }, []string{"--disable-epsv"}},
		{"eprt", "ftp", func(*ftp.Server) {}, []string{"-P", "-"}},
		{"port", "ftp", func(*ftp.Server) {}, []string{"-P", "-", "--disable-eprt"}},
		{"auth tls", "ftp", func(s *ftp.Server) { s.RequireTLS = true }, []string{"--ssl-reqd", "-k"}},
		{"implicit", "ftps", func(s *ftp.Server) { s.Implicit = true }, []string{"-k"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			local := filepath.Join(dir, "big")
			serving(t, c.change, func(m *interop.Machine, port string, fs afero.Fs) {
				url := c.scheme + "://127.0.0.1:" + port + "/"
				run := func(args ...string) string {
					return command(t, m, dir, "", curl, append(append([]string{"-sS", "-m", "20", "-u", "alice:hungry"}, c.args...), args...)...)
				}
				if out := run(url); !strings.Contains(out, "drwxr-xr-x") || !strings.Contains(out, " Mar 14") || !strings.HasSuffix(out, " pub\n") {
					t.Errorf("LIST: %q", out)
				}
				if out := run("-l", url+"pub/"); out != "big.bin\nnote.txt\n" {
					t.Errorf("NLST: %q", out)
				}
				run("-o", local, url+"pub/big.bin")
				same(t, fs, "/srv/pub/big.bin", local)
				if out := run(url + "pub/note.txt;type=a"); out != strings.ReplaceAll(note, "\n", "\r\n") && out != note {
					t.Errorf("type A: %q", out)
				}
				if out := run("-r", "3-", url+"pub/note.txt"); out != note[3:] {
					t.Errorf("from 3 on: %q", out)
				}
				if out := run("-r", "2-5", url+"pub/note.txt"); out != note[2:6] {
					t.Errorf("from 2 to 5: %q", out)
				}
				if out := run("-I", url+"pub/note.txt"); !strings.Contains(out, "Content-Length: 20") || !strings.Contains(out, "Last-Modified: Sat, 14 Mar 2026 15:09:26 GMT") {
					t.Errorf("SIZE and MDTM: %q", out)
				}
				run("-T", local, "--ftp-create-dirs", url+"incoming/new/copy.bin")
				same(t, fs, "/srv/incoming/new/copy.bin", local)
				run("-T", local, "-a", url+"incoming/new/copy.bin")
				if i, err := fs.Stat("/srv/incoming/new/copy.bin"); err != nil || i.Size() != int64(2*len(big)) {
					t.Error("APPE:", i, err)
				}
				run("-Q", "-RNFR incoming/new/copy.bin", "-Q", "-RNTO incoming/moved", "-Q", "-RMD incoming/new", "-o", os.DevNull, url)
				if i, err := fs.Stat("/srv/incoming/moved"); err != nil || i.Size() != int64(2*len(big)) {
					t.Error("RNTO:", i, err)
				}
			})
		})
	}
}

func TestWget(t *testing.T) {
	wget := interop.Program(t, "wget", "wget")
	dir := t.TempDir()
	serving(t, func(*ftp.Server) {}, func(m *interop.Machine, port string, fs afero.Fs) {
		url := "ftp://127.0.0.1:" + port + "/pub/"
		command(t, m, dir, "", wget, "-nv", "-r", "-nH", url)
		command(t, m, dir, "", wget, "-nv", "--no-passive-ftp", "-O", "active", url+"big.bin")
		command(t, m, dir, "", wget, "-nv", url+"n*.t?t")
		same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "pub", "big.bin"))
		same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "pub", "note.txt"))
		same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "active"))
		same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "note.txt"))
		if i, err := os.Stat(filepath.Join(dir, "pub", "note.txt")); err != nil || i.ModTime().UTC().Format(time.DateOnly) != "2026-03-14" {
			t.Error("the time of the file:", i.ModTime().UTC(), err)
		}
	})
}

func TestLftp(t *testing.T) {
	lftp := interop.Program(t, "lftp", "lftp")
	for _, set := range []string{"set ftp:ssl-allow no;", "set ftp:ssl-allow no; set ftp:passive-mode no;", "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:verify-certificate no;",
		"set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:verify-certificate no; set ftp:passive-mode no;"} {
		t.Run(set, func(t *testing.T) {
			dir := t.TempDir()
			serving(t, func(*ftp.Server) {}, func(m *interop.Machine, port string, fs afero.Fs) {
				out := command(t, m, dir, "", lftp, "-c", set+"open -u alice,hungry -p "+port+` 127.0.0.1; set net:timeout 10; set net:max-retries 1; set cmd:fail-exit yes;
					cls -1 pub; pget -n 2 pub/big.bin -o big; get pub/note.txt; mirror -v pub copy; mirror -v -R copy incoming/back; mkdir incoming/d; mv incoming/back/note.txt incoming/d/n; rm incoming/d/n; rmdir incoming/d;
					cat pub/note.txt; pwd`)
				if !strings.Contains(out, "pub/big.bin\npub/note.txt\n") || !strings.Contains(out, note) {
					t.Errorf("%q", out)
				}
				same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "big"))
				same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "note.txt"))
				same(t, fs, "/srv/incoming/back/big.bin", filepath.Join(dir, "copy", "big.bin"))
				if ok, _ := afero.Exists(fs, "/srv/incoming/d"); ok {
					t.Error("rmdir did nothing")
				}
			})
		})
	}
}

// TestTnftp drives the ftp command of the BSDs, the one of the textbook.
func TestTnftp(t *testing.T) {
	tnftp := interop.Program(t, "tnftp", "tnftp")
	for _, mode := range []string{"-p", "-A"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			serving(t, func(*ftp.Server) {}, func(m *interop.Machine, port string, fs afero.Fs) {
				out := command(t, m, dir, `user alice hungry
pwd
cd pub
dir
ascii
get note.txt
binary
get big.bin
prompt off
lcd /
lcd "`+dir+`"
mget *.txt
cd ../incoming
put big.bin copy
append big.bin copy
size copy
modtime ../pub/note.txt
mkdir x
rmdir x
mls ../pub -
status
system
features
rhelp retr
site chmod 600 copy
rename copy moved
delete moved
bye
`, tnftp, "-n", "-v", mode, "127.0.0.1", port)
				for _, want := range []string{"331 Username OK, password required", "230 ", "Remote directory: /", "note.txt", "226 ", "200000", "350 ", "200 Mode changed", "221 Goodbye", "UNIX Type: L8", "MLST type*"} {
					if !strings.Contains(out, want) {
						t.Errorf("%q is missing", want)
					}
				}
				if t.Failed() {
					t.Log(out)
				}
				same(t, fs, "/srv/pub/big.bin", filepath.Join(dir, "big.bin"))
				same(t, fs, "/srv/pub/note.txt", filepath.Join(dir, "note.txt"))
			})
		})
	}
}
