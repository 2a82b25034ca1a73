package ftp_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// note is a file of two lines, big one of 100,000 bytes.
const note = "a note\nof two lines\n"

var big = bytes.Repeat([]byte("\x00\xff\r\n\nabc"), 12_500)

// files returns a small file system: /srv/pub/note.txt, /srv/pub/big.bin, /srv/incoming, /secret.
func files(t *testing.T) afero.Fs {
	fs := afero.NewMemMapFs()
	for name, text := range map[string]string{"/srv/pub/note.txt": note, "/srv/pub/big.bin": string(big), "/secret": "secret"} {
		if err := afero.WriteFile(fs, name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := fs.Chtimes(name, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := fs.MkdirAll("/srv/incoming", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/srv/incoming", "/srv/pub"} {
		if err := fs.Chtimes(name, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

var changed = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// server returns a server of fs for alice, who may write, and for guests.
func server(fs afero.Fs) *ftp.Server {
	return &ftp.Server{Account: func(user string) (ftp.Account, bool) {
		switch user {
		case "alice":
			return ftp.Account{Password: "hungry", FS: fs, Root: "/srv"}, true
		case "anonymous", "ftp":
			return ftp.Account{Guest: true, FS: fs, Root: "/srv", ReadOnly: true}, true
		case "bob":
			return ftp.Account{Password: "hungry", Account: "lunch", FS: fs, Root: "/srv/pub"}, true
		}
		return ftp.Account{}, false
	}}
}

// talk is a session that lists, fetches, stores and deletes, with passive and active data connections.
func talk(st *stack.Stack, address string) (string, error) {
	c, err := ftp.Dial(st, address, ftp.Options{})
	if err != nil {
		return "", err
	}
	defer c.Close()
	var b strings.Builder
	if err := c.Login("alice", "hungry", ""); err != nil {
		return "", err
	}
	list, err := c.Mlsd("pub")
	if err != nil {
		return "", err
	}
	for _, e := range list {
		fmt.Fprintln(&b, e.Name, e.Type, e.Size, e.Modified)
	}
	for _, active := range []bool{false, true} {
		c.Options.Active = active
		var text, bytes bytes.Buffer
		if err := c.Type("A"); err != nil {
			return "", err
		}
		if _, err := c.Fetch("pub/note.txt", &text); err != nil {
			return "", err
		}
		if err := c.Type("I"); err != nil {
			return "", err
		}
		if _, err := c.Store("incoming/copy", io.LimitReader(endless{}, 20_000)); err != nil {
			return "", err
		}
		if _, err := c.Fetch("incoming/copy", &bytes); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%q %d\n", text.String(), bytes.Len())
		if err := c.Dele("incoming/copy"); err != nil {
			return "", err
		}
	}
	return b.String(), c.Quit()
}

// An endless reader has bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}

func TestConformance(t *testing.T) {
	serve := func(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
		l, err := st.Listen("tcp", address)
		if err != nil {
			return "", nil, err
		}
		s := server(files(t))
		st.Go("accept", func() { s.Serve(st, l) })
		return l.Addr().String(), s.Close, nil
	}
	var garbage [][]byte
	for _, s := range []string{"USER alice\r\nPASS hungry\r\nPASV\r\nRETR pub/note.txt\r\nEPSV\r\nLIST\r\nQUIT\r\n", "PASS x\r\nACCT\r\nAUTH TLS\r\nPROT P\r\nRETR /\r\n",
		"USER alice\r\nPASS hungry\r\nPORT 10,0,0,1,0,7\r\nEPRT |9|x|y|\r\nPORT 1,2,3,4,5\r\nPASV\r\nPASV\r\nPASV\r\nABOR\r\nSTOR x\r\nABOR\r\n", "USER alice\r\nPASS hungry\r\nPASV\r\nSTOR incoming/x",
		"\xff\xf4\xff\xf2ABOR\r\nFEAT\r\nHELP\r\nHELP RETR\r\nSTAT\r\nREIN\r\n", "USER " + strings.Repeat("a", 100_000) + "\r\n", "USER alice\r\nPASS hungry\r\nCWD ../../../..\r\nRETR ../secret\r\nRNTO x\r\nRNFR pub\r\nRNTO pub/x/y\r\n"} {
		garbage = append(garbage, []byte(s))
	}
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 21, Patience: time.Hour, Garbage: garbage})
}
