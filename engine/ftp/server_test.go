package ftp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestReplies goes through the commands and the mistakes in them.
func TestReplies(t *testing.T) {
	lab(t, server(files(t)), func(_ *engine.World, st *stack.Stack) {
		x := dialTyped(t, st)
		x.say("LIST", "530 ", "PASS x", "503 ", "ACCT x", "503 ", "USER", "501 Syntax: USER", "USER bob", "331 Username OK, password required", "PASS hungry", "332 ", "PWD", "530 ",
			"ACCT lunch", "230 ", "ACCT lunch", "202 ", "PASS hungry", "503 ", "PWD", `257 "/"`, "LIST", "425 Can't open data connection",
			"USER alice", "331 ", "PWD", "530 ", "PASS hungry", "230 ",
			"NOOP", "200 ", "XYZZY", "500 ", "SMNT x", "502 ", "QUIT now", "501 ", "PASV x", "501 ", "TYPE E", "504 ", "TYPE A N", "200 ", "TYPE L 8", "200 ", "MODE B", "504 ", "MODE s", "200 ", "STRU R", "504 ", "STRU F", "200 ",
			"ALLO 100", "202 ", "ALLO 100 R 10", "202 ", "ALLO many", "501 ", "SYST", "215 UNIX", "HELP", "214-", "HELP retr", "214 Syntax: RETR <path>", "HELP xyzzy", "502 ", "STAT", "211-", "STAT pub", "213-", "STAT nowhere", "550 ",
			"FEAT", "211-", "OPTS UTF8 ON", "200 ", "OPTS MLST size;type;", "200 MLST OPTS type;size;", "OPTS X", "501 ", "MLST pub/note.txt", "250-", "MLST nowhere", "550 ",
			"CWD pub", "250 ", "CDUP", "250 ", "CDUP", "250 Folder changed to /", "CWD nowhere", "550 ", "CWD pub/note.txt", "550 ", "SIZE pub", "550 ", "SIZE pub/note.txt", "213 20", "TYPE A", "200 ", "SIZE pub/note.txt", "213 22", "MDTM pub/note.txt", "213 20260314150926", "MDTM pub", "550 ",
			"MKD a", `257 "/a"`, "MKD a", "550 ", "MKD x/y", "553 ", `MKD a/"q"`, `257 "/a/""q"""`, "RMD a", "550 ", "RMD a/\"q\"", "250 ", "RMD a", "250 ", "RMD /", "550 ", "RMD pub/note.txt", "550 ", "DELE pub", "550 ",
			"RNTO x", "503 ", "RNFR nowhere", "550 ", "RNFR pub", "350 ", "RNTO pub/inside", "553 ", "RNFR pub", "350 ", "RNTO incoming", "553 ", "RNFR pub/note.txt", "350 ", "PWD", "257 ", "RNTO x", "503 ",
			"RNFR pub/note.txt", "350 ", "RNTO pub/renamed", "250 ", "DELE pub/renamed", "250 ", "REST x", "501 ", "REST 10", "350 ", "ABOR", "225 ", "SITE CHMOD 600 pub/big.bin", "200 ", "SITE CHMOD 999 pub/big.bin", "501 ", "MFMT 20200101000000 pub/big.bin", "213 ", "MDTM pub/big.bin", "213 20200101000000",
			"EPRT |3|x|y|", "522 ", "EPRT |1|x|y|", "501 ", "EPRT |3|x|5|", "522 ", "EPSV 2", "522 ", "EPSV ALL", "200 ", "PASV", "503 ", "PORT 1,2,3,4,5,6", "503 ", "EPSV", "229 ", "REIN", "220 ", "PWD", "530 ", "QUIT", "221 ")
		x.Close()
	})
}

// TestRootCannotBeLeft: no path of any command names a file outside of a user's root.
func TestRootCannotBeLeft(t *testing.T) {
	fs := files(t)
	lab(t, server(fs), func(_ *engine.World, st *stack.Stack) {
		c, err := ftp.Dial(st, "server:21", ftp.Options{})
		if err != nil || c.Login("alice", "hungry", "") != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"../secret", "/../secret", "pub/../../secret", "/pub/../../../../secret", "./../secret", "..//secret", "pub/./.././../secret", "//../secret"} {
			var out bytes.Buffer
			if _, err := c.Fetch(path, &out); err == nil {
				t.Errorf("RETR %s: %q", path, out.String())
			}
			if _, err := c.Size(path); err == nil {
				t.Errorf("SIZE %s", path)
			}
			if err := c.Dele(path); err == nil {
				t.Errorf("DELE %s", path)
			}
			if _, err := c.Mlst(path); err == nil {
				t.Errorf("MLST %s", path)
			}
			if err := c.Rename("pub/note.txt", path); err == nil {
				err = c.Rename("/secret", "/pub/note.txt")
				if err != nil {
					t.Errorf("RNTO %s went elsewhere: %v", path, err)
				}
			}
			if _, err := c.Store(path, strings.NewReader("x")); err != nil || c.Dele("/secret") != nil {
				t.Errorf("STOR %s is not /secret of the root: %v", path, err)
			}
		}
		if err := c.Cwd("../../.."); err != nil {
			t.Error(err)
		}
		if at, err := c.Pwd(); at != "/" || err != nil {
			t.Error(at, err)
		}
		if list, err := c.Nlst("../.."); err != nil || strings.Join(list, " ") != "../../incoming ../../pub" {
			t.Error(list, err)
		}
		c.Quit()
		if text, err := afero.ReadFile(fs, "/secret"); string(text) != "secret" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// TestNoBounce: a client cannot make the server talk to others, nor can others take its data connection (RFC 2577).
func TestNoBounce(t *testing.T) {
	lab(t, server(files(t)), func(w *engine.World, st *stack.Stack) {
		addr := func(host string) string {
			a, err := st.LookupHost(host)
			if err != nil {
				t.Fatal(err)
			}
			return a[0].String()
		}
		comma := func(host string) string { return strings.ReplaceAll(addr(host), ".", ",") }
		x := dialTyped(t, st)
		x.say("USER alice", "331 ", "PASS hungry", "230 ", "PORT "+comma("eve")+",200,1", "504 ", "EPRT |1|"+addr("eve")+"|5000|", "504 ", "PORT "+comma("server")+",0,25", "504 ", "PORT "+comma("client")+",0,25", "504 ", "LIST", "425 ")
		at := passive(t, x)
		thief := w.Find("eve").NewStack("thief")
		stolen := -1
		thief.Go("thief", func() {
			c, err := thief.Dial("tcp", at.String())
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			stolen = len(b)
			c.Close()
		})
		st.Sleep(time.Second)
		io.WriteString(x, "RETR pub/note.txt\r\n")
		x.hear("150 ")
		c, err := st.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(c)
		if string(text) != strings.ReplaceAll(note, "\n", "\r\n") || err != nil || stolen > 0 {
			t.Errorf("%q, %v; the thief has %d bytes", text, err, stolen)
		}
		x.hear("226 ")
		x.Close()
	})
}

// TestAbort: ABOR and STAT are heard while a file goes; the next transfer is whole.
func TestAbort(t *testing.T) {
	lab(t, server(files(t)), func(_ *engine.World, st *stack.Stack) {
		x := dialTyped(t, st)
		x.say("USER alice", "331 ", "PASS hungry", "230 ", "TYPE I", "200 ")
		at := passive(t, x)
		c, err := st.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		st.Sleep(time.Second)
		x.say("STOR incoming/x", "125 ")
		c.Write([]byte("12345"))
		st.Sleep(time.Second)
		x.say("STAT", "213 STOR /incoming/x: 5 bytes so far")
		io.WriteString(x, "\xff\xf4\xff\xf2ABOR\r\nNOOP\r\n")
		x.hear("426 ")
		x.hear("226 ")
		x.hear("200 ")
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("the data connection is still open")
		}
		c.Close()
		client, err := ftp.Dial(st, "server:21", ftp.Options{})
		if err != nil || client.Login("alice", "hungry", "") != nil || client.Type("I") != nil {
			t.Fatal(err)
		}
		tr, err := client.Retr("pub/big.bin", 0)
		if err != nil {
			t.Fatal(err)
		}
		io.ReadFull(tr, make([]byte, 10))
		if err := tr.Abort(); err != nil {
			t.Error(err)
		}
		var all bytes.Buffer
		if _, err := client.Fetch("pub/big.bin", &all); err != nil || !bytes.Equal(all.Bytes(), big) {
			t.Error(err, all.Len())
		}
		client.Quit()
		x.say("QUIT", "221 ")
		x.Close()
	})
}

// TestNobodyComes: a data connection that is not made is 425, and a client that says or takes nothing is let go.
func TestNobodyComes(t *testing.T) {
	s := server(files(t))
	s.Timeout = time.Minute
	lab(t, s, func(_ *engine.World, st *stack.Stack) {
		x := dialTyped(t, st)
		x.say("USER alice", "331 ", "PASS hungry", "230 ", "TYPE I", "200 ")
		passive(t, x)
		x.say("LIST", "150 ")
		x.hear("425 Can't open data connection: timeout")
		local := x.LocalAddr().(*net.TCPAddr).AddrPort()
		x.say("PORT "+strings.ReplaceAll(local.Addr().String(), ".", ",")+",100,1", "200 ", "STOR incoming/new", "150 ")
		x.hear("425 Can't open data connection: refused")
		x.say("SIZE incoming/new", "550 ")
		at := passive(t, x)
		c, err := st.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		began := st.Now()
		x.say("STOR incoming/slow", "1")
		x.hear("426 ")
		if took := st.Now().Sub(began); took > 2*time.Minute {
			t.Errorf("a client that sends nothing was waited for %v", took)
		}
		c.Close()
		x.hear("421 Timeout")
		x.Close()
	})
}

// TestLimits: passwords cannot be tried for ever, nor nonsense said; more sessions than allowed are refused.
func TestLimits(t *testing.T) {
	s := server(files(t))
	s.Sessions = 1
	lab(t, s, func(_ *engine.World, st *stack.Stack) {
		x := dialTyped(t, st)
		y, err := st.Dial("tcp", "server:21")
		if err != nil {
			t.Fatal(err)
		}
		typed{t, y}.hear("421 Too many sessions")
		y.Close()
		for i := range 3 {
			x.say("USER alice", "331 ", "PASS "+fmt.Sprint(i), "530 Login incorrect")
		}
		x.hear("421 ")
		x.Close()
		st.Sleep(time.Second)
		x = dialTyped(t, st)
		for range 100 {
			x.say("XYZZY", "500 ")
		}
		x.hear("421 ")
		x.Close()
	})
}

// TestDiskFull: a file that does not fit is 452, and the session goes on.
func TestDiskFull(t *testing.T) {
	full := fullFS{files(t)}
	lab(t, server(full), func(_ *engine.World, st *stack.Stack) {
		c, err := ftp.Dial(st, "server:21", ftp.Options{})
		if err != nil || c.Login("alice", "hungry", "") != nil {
			t.Fatal(err)
		}
		_, err = c.Store("incoming/x", bytes.NewReader(make([]byte, 1<<20)))
		var refusal *ftp.Error
		if !errors.As(err, &refusal) || refusal.Reply.Code != 452 || stack.Code(err) != "limit" {
			t.Errorf("%v", err)
		}
		if err := c.Noop(); err != nil {
			t.Error(err)
		}
		c.Quit()
	})
}

// A fullFS has room for names, not for bytes.
type fullFS struct{ afero.Fs }

func (f fullFS) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	file, err := f.Fs.OpenFile(name, flag, perm)
	return fullFile{file}, err
}

type fullFile struct{ afero.File }

func (fullFile) Write([]byte) (int, error) { return 0, stack.ErrNoSpace }

// TestTLS: the client takes the world's authority only, data connections are protected when they must be, and what was said before the handshake is
// not taken.
func TestTLS(t *testing.T) {
	s := server(files(t))
	s.RequireTLS = true
	lab(t, s, func(w *engine.World, st *stack.Stack) {
		authority, _ := w.Authority()
		other, _ := pki.New(99)
		for name, a := range map[string]*pki.Authority{"server": authority, "eve": authority, "": other} {
			c, err := ftp.Dial(st, "server:21", ftp.Options{TLS: a.Client(st, name)})
			if err != nil {
				t.Fatal(err)
			}
			if err = c.AuthTLS(); (err == nil) != (name == "server") {
				t.Errorf("%q: %v", name, err)
			}
			c.Close()
		}
		c, err := ftp.Dial(st, "server:21", ftp.Options{TLS: authority.Client(st, "server")})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login("alice", "hungry", ""); stack.Code(err) != "denied" {
			t.Errorf("in the clear: %v", err)
		}
		if err := errors.Join(c.AuthTLS(), c.Login("alice", "hungry", "")); err != nil {
			t.Error(err)
		}
		if err := c.Protect(false); stack.Code(err) != "denied" {
			t.Errorf("PROT C: %v", err)
		}
		var out bytes.Buffer
		if _, err := c.Fetch("pub/note.txt", &out); err != nil || out.String() != note {
			t.Errorf("%q, %v", out.String(), err)
		}
		c.Quit()
		x := dialTyped(t, st)
		io.WriteString(x, "AUTH TLS\r\nUSER alice\r\n")
		x.hear("503 ")
		x.Close()
	})
}

// TestPort20: active data connections come from port 20, one after the other and several at a time.
func TestPort20(t *testing.T) {
	lab(t, server(files(t)), func(_ *engine.World, st *stack.Stack) {
		x, y := dialTyped(t, st), dialTyped(t, st)
		for range 2 {
			var open []net.Conn
			for _, c := range []typed{x, y} {
				c.say("USER alice", "331 ", "PASS hungry", "230 ")
				l, err := st.Listen("tcp4", ":0")
				if err != nil {
					t.Fatal(err)
				}
				host := c.LocalAddr().(*net.TCPAddr).AddrPort().Addr()
				c.say(fmt.Sprintf("EPRT |1|%s|%d|", host, l.Addr().(*net.TCPAddr).Port), "200 ", "STOR incoming/x", "150 ")
				conn, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				if from := conn.RemoteAddr().(*net.TCPAddr).Port; from != ftp.DataPort {
					t.Errorf("from port %d", from)
				}
				l.Close()
				open = append(open, conn)
			}
			for i, c := range []typed{x, y} {
				open[i].Close()
				c.hear("226 ")
			}
		}
		x.Close()
		y.Close()
	})
}

// TestIPv6: both kinds of data connections are made over IPv6, for which there is neither PASV nor PORT.
func TestIPv6(t *testing.T) {
	s := server(files(t))
	lab(t, s, func(w *engine.World, st *stack.Stack) {
		ss := w.Find("server").NewStack("six")
		l, err := ss.Listen("tcp6", ":2121")
		if err != nil {
			t.Fatal(err)
		}
		ss.Go("accept", func() { s.Serve(ss, l) })
		addrs, err := st.LookupHost("server")
		if err != nil || len(addrs) < 2 || !addrs[1].Is6() {
			t.Fatal(addrs, err)
		}
		for _, o := range []ftp.Options{{}, {Active: true}, {Plain: true}} {
			c, err := ftp.Dial(st, net.JoinHostPort(addrs[1].String(), "2121"), o)
			if err != nil || c.Login("alice", "hungry", "") != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if _, err := c.Fetch("pub/note.txt", &text); err != nil || text.String() != note {
				t.Errorf("%+v: %q, %v", o, text.String(), err)
			}
			if _, err := c.Command("PASV"); stack.Code(err) != "unreachable" {
				t.Errorf("PASV: %v", err)
			}
			if _, err := c.Command("PORT 127,0,0,1,100,1"); err == nil {
				t.Error("PORT over IPv6")
			}
			c.Quit()
		}
	})
}
