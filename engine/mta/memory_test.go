package mta_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// heap returns the bytes of the heap that live.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A large message to many domains is not held by all deliveries at once: MaxMemory bounds how many are under way.
func TestMemoryOfDeliveries(t *testing.T) {
	const size, domains = 2 << 20, 60
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) {
		everybody(s)
		s.Workers, s.MaxMemory = 1000, 34<<20
		s.Client.Timeout = time.Hour
	})
	// A server that takes a connection and says nothing.
	mute := w.host("mute").NewStack("mute")
	l, err := mute.Listen("tcp", ":25")
	check(t, err)
	open := 0
	mute.Go("mute", func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
			open++
		}
	})
	crepes.Routes = map[string]string{"*": "mute"}
	w.run(func(st *stack.Stack) {
		var to []string
		for i := range domains {
			to = append(to, fmt.Sprintf("x@d%d.lab", i))
		}
		before := heap()
		_, err := crepes.Submit("alice@crepes.fr", to, bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz\r\n"), size/38))
		check(t, err)
		st.Sleep(time.Minute)
		if open != 4 { // four times four messages
			t.Errorf("%d deliveries at a time", open)
		}
		if used := heap() - before; used > 42<<20 {
			t.Errorf("%d MiB in use", used>>20)
		}
		if crepes.Memory() > 34<<20 {
			t.Error("counts", crepes.Memory())
		}
	})
}

// A queue of thousands takes memory by its entries and not by its messages.
func TestMemoryOfAQueue(t *testing.T) {
	const messages = 5000
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, nil)
	w.run(func(st *stack.Stack) {
		message := bytes.Repeat([]byte("x\r\n"), 1000)
		before := heap()
		for i := range messages {
			if _, err := crepes.Submit("alice@crepes.fr", []string{fmt.Sprintf("x@d%d.lab", i%10)}, message); err != nil {
				t.Fatal(err)
			}
			if i%100 == 0 {
				st.Sleep(time.Second)
			}
		}
		st.Sleep(time.Hour)
		files := int64(messages) * int64(len(message)+2000)
		if used := heap() - before; used > files+messages*2500 {
			t.Errorf("%d bytes a message beside its file", (used-files)/messages)
		}
	})
	if n := crepes.Len(); n != 0 { // the domains do not exist: each was reported
		t.Error("queue", n)
	}
	if n := len(crepes.inbox("alice")); n != messages {
		t.Error("reports", n)
	}
}

// Recipients who wait count, and count no more when they are gone.
func TestMemoryOfRecipients(t *testing.T) {
	const messages, recipients = 20, 2000
	w := newWorld(t, 1)
	crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) { s.MX = records{} })
	w.run(func(st *stack.Stack) {
		before, size := heap(), int64(0)
		for range messages {
			var to []string
			for i := range recipients {
				to = append(to, fmt.Sprintf("somebody%d@later.lab", i))
			}
			_, err := crepes.Submit("alice@crepes.fr", to, []byte("Subject: x\r\n\r\n"))
			check(t, err)
		}
		st.Sleep(time.Hour) // they are tried, in vain
		entries := crepes.Entries()
		for _, e := range entries {
			info, err := crepes.fs.Stat("/var/spool/mail/" + e.ID + ".env")
			check(t, err)
			size += 2 * info.Size() // at most what a slice that grows has room for
			for _, r := range e.To {
				if r.Attempts == 0 || r.Problem == "" {
					t.Fatalf("%+v", r)
				}
			}
		}
		counted := crepes.Memory()
		if used := heap() - before - size; counted < used/2 {
			t.Errorf("%d bytes are in use beside the files, and %d are counted", used, counted)
		}
		for _, e := range entries {
			check(t, crepes.Remove(e.ID))
		}
		if n := crepes.Memory(); n != 0 {
			t.Errorf("%d bytes are counted when the queue is empty", n)
		}
	})
}

// BenchmarkRelay takes messages by SMTP, queues them, and passes them on to a second server, which puts them into a mailbox.
func BenchmarkRelay(b *testing.B) {
	w := newWorld(b, 1)
	w.site("crepes.fr", []string{"alice"}, everybody)
	w.site("hamburger.edu", []string{"bob"}, nil)
	b.ReportAllocs()
	w.run(func(st *stack.Stack) {
		for b.Loop() {
			check(b, send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu"))
		}
		w.settled(time.Hour)
	})
}
