package faultfs

import (
	"testing"

	"github.com/spf13/afero"
)

// A file that was not synced is not whole after a crash, one that was is, and both keep the names they had.
func TestCrash(t *testing.T) {
	fs := New()
	for _, name := range []string{"/safe", "/lost"} {
		w, err := fs.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte("12345678"))
		if name == "/safe" {
			w.Sync()
		}
	}
	if err := fs.Rename("/lost", "/lost2"); err != nil {
		t.Fatal(err)
	}
	fs.Die = fs.Count + 1
	func() {
		defer func() {
			if _, ok := recover().(Crash); !ok {
				t.Error("no crash")
			}
		}()
		fs.Remove("/safe")
	}()
	after := fs.Restart()
	for name, want := range map[string]string{"/safe": "12345678", "/lost2": "1234"} {
		if b, err := afero.ReadFile(after, name); err != nil || string(b) != want {
			t.Errorf("%s has %q, want %q (%v)", name, b, want, err)
		}
	}
	if err := after.Remove("/safe"); err != nil {
		t.Error("after the restart:", err)
	}
}
