package mailstore_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
)

// TestOneStoreUntilACrash: processes share a store; after a crash another reads the same files, without the locks of the first.
func TestOneStoreUntilACrash(t *testing.T) {
	w, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	h, err := w.AddHost("mail")
	if err != nil {
		t.Fatal(err)
	}
	first, err := mailstore.Of(h, mailstore.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := mailstore.Of(h, mailstore.Dir); again != first {
		t.Error("two stores in one directory")
	}
	if other, _ := mailstore.Of(h, "/elsewhere"); other == first {
		t.Error("one store in two directories")
	}
	box, err := first.Ensure("alice")
	if err != nil {
		t.Fatal(err)
	}
	box.Lock("pop3")
	box.Deliver(strings.NewReader("kept"), "")
	if err := h.Crash(); err != nil {
		t.Fatal(err)
	}
	h.V.Restart()
	second, err := mailstore.Of(h, mailstore.Dir)
	if err != nil || second == first {
		t.Fatal("the store of before the crash", err)
	}
	box, err = second.Mailbox("alice")
	if err != nil || box.LockedBy() != "" {
		t.Fatal(err, box)
	}
	inbox, _ := box.Inbox()
	if text, err := inbox.Read(1); string(text) != "kept" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
