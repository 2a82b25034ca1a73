package sftp

import (
	"bytes"
	"io"
	"testing"

	"github.com/spf13/afero"
)

type both struct {
	io.Reader
	io.Writer
}

// FuzzServer lets a server read nonsense: it ends, and leaves what is outside of its root alone.
func FuzzServer(f *testing.F) {
	whole := func(packets ...builder) []byte {
		var b bytes.Buffer
		newPacket(typeInit).u32(3).send(&b)
		for _, p := range packets {
			p.send(&b)
		}
		return b.Bytes()
	}
	f.Add(whole(newPacket(typeOpen).u32(1).text("../x").u32(openWrite|openCreate).attrs(Attrs{}), newPacket(typeWrite).u32(2).text("1").u64(0).text("abc"), newPacket(typeClose).u32(3).text("1")))
	f.Add(whole(newPacket(typeOpendir).u32(1).text("/"), newPacket(typeReaddir).u32(2).text("1"), newPacket(typeRename).u32(3).text("a").text("b/../../c"), newPacket(typeRemove).u32(4).text("../secret")))
	f.Add(whole(newPacket(typeSetstat).u32(1).text("a").u32(0x8000000f).u64(1).u32(1).u32(1).u32(0o777).u32(1).u32(1).u32(1).text("x").text("y"), newPacket(typeExtended).u32(2).text("posix-rename@openssh.com").text("a").text("c")))
	f.Fuzz(func(t *testing.T, in []byte) {
		fs := afero.NewMemMapFs()
		afero.WriteFile(fs, "/secret", []byte("secret"), 0o600)
		afero.WriteFile(fs, "/srv/a", []byte("a"), 0o600)
		var out bytes.Buffer
		(&Server{FS: fs, Root: "/srv"}).Serve(both{bytes.NewReader(in), &out})
		if text, err := afero.ReadFile(fs, "/secret"); string(text) != "secret" || err != nil {
			t.Fatalf("%q, %v", text, err)
		}
		if list, _ := afero.ReadDir(fs, "/"); len(list) != 2 {
			t.Fatalf("%d files outside of the root", len(list))
		}
		NewClient(both{bytes.NewReader(in), io.Discard})
	})
}

// FuzzClient lets a client read nonsense.
func FuzzClient(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x05\x02\x00\x00\x00\x03\x00\x00\x00\x0a\x66\x00\x00\x00\x01\x00\x00\x00\x01x"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for i := range 4 {
			c, err := NewClient(both{bytes.NewReader(in), io.Discard})
			if err != nil {
				return
			}
			switch i {
			case 0:
				c.List("/")
			case 1:
				c.Fetch("/x", io.Discard)
			case 2:
				c.Store("/x", bytes.NewReader(make([]byte, 100_000)))
			default:
				c.Stat("/x")
				c.Realpath("/x")
			}
		}
	})
}
