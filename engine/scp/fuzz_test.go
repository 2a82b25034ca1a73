package scp

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/afero"
)

type both struct {
	io.Reader
	io.Writer
}

func TestCommands(t *testing.T) {
	for line, want := range map[string]Command{
		"scp -t /x y": {Take: true, Path: "/x y"}, "scp -r -p -f 'pub'": {Recursive: true, Times: true, Path: "pub"}, "scp -v -rpdt -- -odd": {Take: true, Recursive: true, Times: true, Folder: true, Path: "-odd"}, "scp -f": {Path: "."},
		"scp x": {}, "scp -S rm -f x": {}, "rm -f x": {}, "scp -tf x": {},
	} {
		if got, ok := ParseCommand(line); ok != (want.Path != "") || ok && got != want {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
}

// FuzzServer lets both commands read nonsense: they end, and leave what is outside of the root alone.
func FuzzServer(f *testing.F) {
	f.Add([]byte("C0644 3 x\nabc\x00D0755 0 d\nT1 0 1 0\nC0644 0 y\n\x00E\n"), true)
	f.Add([]byte("C0644 3 ../secret\nabc\x00"), true)
	f.Add([]byte("D0755 0 ..\nC0644 3 secret\nabc\x00E\n"), true)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, in []byte, take bool) {
		fs := afero.NewMemMapFs()
		afero.WriteFile(fs, "/secret", []byte("secret"), 0o600)
		afero.WriteFile(fs, "/srv/a", []byte("a"), 0o600)
		(&Server{FS: fs, Root: "/srv"}).Serve(both{bytes.NewReader(in), io.Discard}, Command{Take: take, Recursive: true, Times: true, Path: "/"})
		if text, err := afero.ReadFile(fs, "/secret"); string(text) != "secret" || err != nil {
			t.Fatalf("%q, %v", text, err)
		}
		if list, _ := afero.ReadDir(fs, "/"); len(list) != 2 {
			t.Fatalf("%d files outside of the root", len(list))
		}
		ParseCommand(string(in))
	})
}

// FuzzClient lets a client read nonsense.
func FuzzClient(f *testing.F) {
	f.Add([]byte("C0644 3 x\nabc\x00"))
	f.Add([]byte("\x01scp: x: No such file\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if n, err := Fetch(both{bytes.NewReader(in), io.Discard}, &out); err == nil && n != int64(out.Len()) {
			t.Fatal(n, out.Len())
		}
		Store(both{bytes.NewReader(in), io.Discard}, "x", 3, strings.NewReader("abc"))
	})
}
