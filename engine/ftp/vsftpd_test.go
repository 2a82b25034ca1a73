package ftp_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
)

// startVsftpd runs vsftpd, as inetd does, over a folder with pub/note.txt, pub/big.bin and incoming, which guests may change. It returns its
// address and the folder.
func startVsftpd(t testing.TB, authority *pki.Authority) (address, root string) {
	t.Helper()
	vsftpd := interop.Program(t, "vsftpd", "vsftpd")
	dir := t.TempDir()
	write := func(name string, text []byte, mode os.FileMode) {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, text, mode), os.Chmod(name, mode)); err != nil {
			t.Fatal(err)
		}
	}
	write("root/pub/note.txt", []byte(note), 0o644)
	write("root/pub/big.bin", big, 0o644)
	write("root/incoming/x", nil, 0o666)
	if err := errors.Join(os.Chmod(filepath.Join(dir, "root"), 0o755), os.Chmod(filepath.Join(dir, "root", "pub"), 0o755), os.Chmod(filepath.Join(dir, "root", "incoming"), 0o777)); err != nil { // whatever the umask
		t.Fatal(err)
	}
	certificate(t, authority, write)
	conf := "listen=NO\nanonymous_enable=YES\nlocal_enable=NO\nno_anon_password=NO\nsecure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\nascii_download_enable=YES\nascii_upload_enable=YES\n" +
		"write_enable=YES\nanon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\nanon_umask=022\nuse_localtime=NO\nhide_ids=YES\nxferlog_enable=NO\nasync_abor_enable=YES\n" +
		"ssl_enable=YES\nssl_ciphers=HIGH\nallow_anon_ssl=YES\nforce_anon_logins_ssl=NO\nforce_anon_data_ssl=NO\nrequire_ssl_reuse=NO\nanon_root=" + filepath.Join(dir, "root") +
		"\nrsa_cert_file=" + filepath.Join(dir, "cert.pem") + "\nrsa_private_key_file=" + filepath.Join(dir, "key.pem") + "\n"
	if os.Getuid() != 0 {
		conf += "run_as_launching_user=YES\n"
	}
	write("vsftpd.conf", []byte(conf), 0o644)
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // the server's user has to get in
	}
	os.MkdirAll("/var/run/vsftpd/empty", 0o755)
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
			cmd := exec.Command(vsftpd, filepath.Join(dir, "vsftpd.conf"))
			cmd.Stdin, cmd.Stdout = f, f
			cmd.Start()
			f.Close()
			go cmd.Wait()
		}
	}()
	return l.Addr().String(), filepath.Join(dir, "root")
}

// TestVsftpd runs the client against vsftpd.
func TestVsftpd(t *testing.T) {
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	address, _ := startVsftpd(t, authority)
	for _, c := range []struct {
		name   string
		o      ftp.Options
		secure bool
	}{{"EPSV", ftp.Options{}, false}, {"PASV", ftp.Options{Plain: true}, false}, {"EPRT", ftp.Options{Active: true}, false}, {"PORT", ftp.Options{Active: true, Plain: true}, false},
		{"TLS", ftp.Options{}, true}, {"TLS active", ftp.Options{Active: true}, true}} {
		t.Run(c.name, func(t *testing.T) {
			interop.Run(t, func(m *interop.Machine) {
				c.o.TLS = authority.Client(m.Stack, "127.0.0.1")
				client, err := ftp.Dial(m.Stack, address, c.o)
				if err != nil {
					t.Error(err)
					return
				}
				tour(t, client, c.secure)
			})
		})
	}
}

func tour(t *testing.T, c *ftp.Client, secure bool) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	if secure {
		must(c.AuthTLS())
	}
	must(c.Login("anonymous", "me@lab", ""))
	if t.Failed() {
		return
	}
	top, err := c.Pwd() // "/", unless vsftpd does not run as root and cannot change it
	must(err)
	must(c.Cwd("pub"))
	list, err := c.List("")
	if must(err); len(list) != 2 || list[0].Name != "big.bin" || list[0].Size != int64(len(big)) || list[0].Mode != "rw-r--r--" || list[0].Modified.Before(time.Now().Add(-time.Hour)) {
		t.Error(list)
	}
	names, err := c.Nlst("")
	if must(err); len(names) != 2 {
		t.Error(names)
	}
	var text, bytes bytes.Buffer
	_, err = c.Fetch("note.txt", &text)
	if must(err); text.String() != note {
		t.Errorf("%q", text.String())
	}
	must(c.Type("I"))
	_, err = c.Fetch("big.bin", &bytes)
	if must(err); bytes.String() != string(big) {
		t.Error(bytes.Len(), "bytes")
	}
	n, err := c.Size("big.bin")
	if must(err); n != int64(len(big)) {
		t.Error(n)
	}
	if _, err = c.Mdtm("big.bin"); err != nil {
		t.Error(err)
	}
	bytes.Reset()
	tr, err := c.Retr("big.bin", 99_990)
	if must(err); err == nil {
		_, err = bytes.ReadFrom(tr)
		if must(err); bytes.String() != string(big[99_990:]) {
			t.Errorf("after REST %q", bytes.String())
		}
	}
	changes(t, c, strings.TrimSuffix(top, "/"))
	features, err := c.Feat()
	if must(err); len(features) < 5 {
		t.Error(features)
	}
	_, err = c.Syst()
	must(err)
	_, err = c.Stat("")
	must(err)
	must(c.Quit())
}

// changes stores, breaks off, renames and deletes in the folder incoming of top.
func changes(t *testing.T, c *ftp.Client, top string) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(c.Cwd("../incoming"))
	_, err := c.Store("new", strings.NewReader(string(big)))
	must(err)
	tr, err := c.Open("APPE", "new")
	if must(err); err == nil {
		tr.Write([]byte("more"))
		must(tr.Close())
	}
	if n, err := c.Size("new"); n != int64(len(big)+4) {
		t.Error(n, err)
	}
	tr, err = c.Retr("new", 0)
	if must(err); err == nil {
		tr.Read(make([]byte, 10))
		must(tr.Abort())
	}
	must(c.Noop())
	made, err := c.Mkd("folder")
	if must(err); made != top+"/incoming/folder" {
		t.Error(made)
	}
	must(c.Rename("new", "folder/moved"))
	must(c.Dele("folder/moved"))
	must(c.Rmd("folder"))
	if err := c.Dele("nothing"); err == nil {
		t.Error("a file that is not there was deleted")
	}
}
