package scp

import (
	"bytes"
	"io"
	"reflect"
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
		`scp -t "/x y"`: {Take: true, Path: "/x y"}, "scp -r -p -f 'pub'": {Recursive: true, Times: true, Path: "pub"}, "scp -v -rpdt -- -odd": {Take: true, Recursive: true, Times: true, Folder: true, Path: "-odd"}, "scp -f": {Path: "."},
		`scp -f a\ b\'s`: {Path: "a b's"}, `scp -f "a\"b\\c"'\*'`: {Path: `a"b\c\*`}, "scp -f ~/x": {Path: "./x"}, "scp -f ''": {Path: ""}, `scp -f "a\\\"b" "c"`: {Path: `a\"b`},
		"scp x": {}, "scp -S rm -f x": {}, "rm -f x": {}, "scp -tf x": {}, "scp -f x; rm x": {}, "scp -f $(rm x)": {}, "scp -f 'x": {}, "scp -f x\\": {}, "scp -f \"`rm`\"": {},
	} {
		refused := reflect.DeepEqual(want, Command{}) && line != "scp -f ''"
		got, ok := ParseCommand(line)
		if got.patterns = nil; ok == refused || ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
	for _, path := range []string{"plain/a.b", "a b", "it's", `"\`, "*?[a]", "$(rm x);`rm`", "-r", "~"} {
		c := Command{Path: path}
		if got, ok := ParseCommand(c.String()); !ok || got.Path != path {
			t.Errorf("%q is written %s and read %q", path, c, got.Path)
		}
	}
}

// TestPatterns: the server knows the patterns of a shell, since there is none between it and a client.
func TestPatterns(t *testing.T) {
	fs := afero.NewMemMapFs()
	for _, name := range []string{"/srv/a.txt", "/srv/b.txt", "/srv/.c.txt", "/srv/d/e.txt", "/srv/[x].txt", "/srv/g/h.txt", "/f.txt"} {
		afero.WriteFile(fs, name, []byte("x"), 0o644)
	}
	for line, want := range map[string]string{
		"scp -f *.txt": "[x].txt a.txt b.txt", "scp -f ?.txt d/*": "a.txt b.txt e.txt", "scp -f .*.txt": ".c.txt", `scp -f '*.txt'`: "! *.txt", `scp -f \[x].txt`: "[x].txt", "scp -f [ab].txt": "a.txt b.txt", "scp -f [": "! [",
		"scp -f ../*.txt": "[x].txt a.txt b.txt", "scp -f */*.txt": "e.txt h.txt", "scp -f */e.txt": "e.txt", "scp -f */i.txt": "! i.txt", "scp -f none a.txt": "! none a.txt",
	} {
		c, ok := ParseCommand(line)
		var out bytes.Buffer
		status := (&Server{FS: fs, Root: "/srv"}).Serve(both{bytes.NewReader(make([]byte, 100)), &out}, c)
		var got []string
		for piece := range strings.SplitSeq(out.String(), "\n") {
			if _, name, ok := strings.Cut(piece, "C0644 1 "); ok {
				got = append(got, name)
			} else if _, text, ok := strings.Cut(piece, "\x01scp: "); ok {
				name, _, _ := strings.Cut(text, ":")
				got = append(got, "!", name)
			}
		}
		if text := strings.Join(got, " "); !ok || text != want || (status != 0) != strings.Contains(want, "!") {
			t.Errorf("%s: %q with status %d, want %q", line, text, status, want)
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
