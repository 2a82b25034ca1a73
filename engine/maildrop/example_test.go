package maildrop_test

import (
	"fmt"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

func nullClock() *sim.Scheduler { return sim.New(sim.Options{}) }

func Example() {
	store, err := maildrop.Open(sim.New(sim.Options{}), afero.NewMemMapFs(), "/var/mail", maildrop.Options{})
	if err != nil {
		panic(err)
	}
	bob, _ := store.Ensure("bob")
	bob.Deliver(strings.NewReader("Subject: lunch\r\n\r\nketchup?\r\n"), "")
	inbox, _ := bob.Inbox()
	inbox.SetFlags(maildrop.AddFlags, maildrop.Seen, 1)
	for _, m := range inbox.Messages() {
		fmt.Println(m.UID, m.Size, m.Date, inbox.FlagNames(m.Flags))
	}
	// Output: 1 28 2026-01-01 00:00:00 +0000 UTC [\Seen]
}
