package scripts_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/rules"
	"github.com/moonwire-lab/moonwire/scripts"
)

// protocols are the rules for connections to a port.
var protocols = map[uint16]func(rules.Dialogue) *rules.Report{25: rules.SMTP, 587: rules.SMTP}

// byHand are labs in which people make mistakes on purpose: only the servers in them are held to the rules.
var byHand = []string{"mail/smtp_by_hand"}

// TestRules checks that what the servers and clients of the labs say breaks no rule of their protocols.
func TestRules(t *testing.T) {
	seen := map[uint16]int{}
	for _, s := range labs(t) {
		if !slices.Contains([]string{"mail", "dns", "textbook", "trace", "web"}, s.Folder()) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			tr := traced(t, s)
			for n := 1; n <= tr.Conversations(); n++ {
				port := tr.Conversation(n).Server.Port
				check := protocols[port]
				if check == nil {
					continue
				}
				d, err := rules.Record(tr, n)
				if err != nil {
					t.Fatal(err)
				}
				seen[port]++
				r := check(d)
				for _, b := range r.Broken(rules.Must) {
					if b.Side == rules.Server || !slices.Contains(byHand, s.Name) {
						t.Errorf("conversation %d: %s\n%s", n, b, r)
					}
				}
			}
		})
	}
	for port := range protocols {
		if seen[port] == 0 {
			t.Errorf("no lab speaks to port %d", port)
		}
	}
}

// traced runs a lab and returns what was said in it.
func traced(t *testing.T, s scripts.Script) (tr *capture.Trace) {
	folder, err := fs.Sub(scripts.Files(), s.Folder())
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	_, err = bindings.Run{
		World: engine.Options{Seed: 1, Files: bindings.Files(folder)}, Script: s.File(), Limits: bindings.Limits{Fuel: 100_000_000}, Stdout: &out, Stderr: &errs,
		Observe: func(w *engine.World) func() { tr = w.Trace(capture.TraceOptions{}); return tr.Stop },
	}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
