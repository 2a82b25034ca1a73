package grade

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// zipped makes an archive of entries "name=contents"; a name that ends in @ is a link.
func zipped(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		name, data, _ := strings.Cut(e, "=")
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if link, ok := strings.CutSuffix(name, "@"); ok {
			h.Name = link
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unzip(data []byte) (fs.FS, error) { return Unzip(bytes.NewReader(data), int64(len(data))) }

// contents lists the files of a folder as "name=contents".
func contents(t testing.TB, files fs.FS) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = fs.ReadFile(files, name)
			all = append(all, name+"="+string(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestUnzip(t *testing.T) {
	files, err := unzip(zipped(t, "main.lua=a", "lib/b.lua=b", `windows\c.lua=c`, "main.lua=second", "../up.lua=x", "/etc/passwd=x", "link@=/etc/passwd",
		"Exerc\xa1cio 1/li\x87\xc6o.lua=e", "__MACOSX/._main.lua=x", ".DS_Store=x", "lib/.git/config=x", "Thumbs.db=x", "a/../../x=x", "folder/=", "./dot.lua=d"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Exercício 1/lição.lua=e", "dot.lua=d", "lib/b.lua=b", "main.lua=a", "windows/c.lua=c"}
	if got := contents(t, files); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUnzipRefuses(t *testing.T) {
	many := make([]string, MaxFiles+1)
	for i := range many {
		many[i] = "f" + strings.Repeat("x", i%200) + string(rune('a'+i/200)) + "="
	}
	good := zipped(t, "main.lua="+strings.Repeat("print(1)\n", 1000))
	secret := bytes.Clone(good)
	secret[6] |= 1                                           // flags of the local header
	secret[bytes.Index(secret, []byte("PK\x01\x02"))+8] |= 1 // and of the directory
	damaged := bytes.Clone(good)
	damaged[40] ^= 0xff
	lies := zipped(t, "main.lua="+strings.Repeat("x", 100))
	at := bytes.Index(lies, []byte("PK\x01\x02"))
	copy(lies[at+24:], []byte{1, 0, 0, 0}) // the size, says the directory, is 1
	for _, c := range []struct {
		name    string
		data    []byte
		want    string
		tooMuch bool
	}{
		{"bomb", zipped(t, "zeros="+strings.Repeat("\x00", MaxBytes+1)), "16 MiB", true},
		{"two halves of a bomb", zipped(t, "a="+strings.Repeat("\x00", MaxBytes/2+1), "b="+strings.Repeat("\x00", MaxBytes/2+1)), "16 MiB", true},
		{"many files", zipped(t, many...), "1000 files", true},
		{"encrypted", secret, "encrypted", false},
		{"damaged", damaged, "main.lua in the archive", false},
		{"lies about its size", lies, "main.lua in the archive", false},
		{"text", []byte("print 'hello'"), "no zip archive", false},
		{"nothing", nil, "no zip archive", false},
		{"cut", good[:len(good)/2], "no zip archive", false},
	} {
		_, err := unzip(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, errTooMuch) != c.tooMuch {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzUnzip(f *testing.F) {
	f.Add(zipped(f, "main.lua=print(1)", "a/b=c", "../x=y", "l@=/etc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := unzip(data)
		if err != nil {
			return
		}
		size := 0
		for _, c := range contents(t, files) {
			size += len(c)
		}
		if size > 2*MaxBytes {
			t.Errorf("%d bytes", size)
		}
		Descend(files, "main.lua")
	})
}

func TestDescend(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("x")}
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"at the top", fstest.MapFS{"main.lua": file, "x/main.lua": file}, "main.lua"},
		{"in a folder", fstest.MapFS{"a/b/main.lua": file, ".git/x": file, "__MACOSX/y": file}, "main.lua"},
		{"in one of two", fstest.MapFS{"a/main.lua": file, "b/main.lua": file}, "a/main.lua"},
		{"beside a file", fstest.MapFS{"a/main.lua": file, "readme": file}, "a/main.lua"},
		{"nowhere", fstest.MapFS{"a/b/other.lua": file}, "a/b/other.lua"},
		{"nothing", fstest.MapFS{}, ""},
	} {
		if _, err := fs.Stat(Descend(c.files, "main.lua"), c.want); c.want != "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestUnreadable checks that what cannot be read gets no points, with the reason.
func TestUnreadable(t *testing.T) {
	_, why := packSubmission(Unreadable("x", errors.New("it is encrypted")))
	if !strings.Contains(why, "it is encrypted") {
		t.Error(why)
	}
}
