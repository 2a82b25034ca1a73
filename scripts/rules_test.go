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
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/scripts"
)

// protocols are the rules for connections to a port.
var protocols = map[uint16]func(rules.Dialogue) *rules.Report{25: rules.SMTP, 587: rules.SMTP, 110: rules.POP3, 143: rules.IMAP, 21: rules.FTP, 23: rules.Telnet, 1994: rules.CHAP, 53: rules.DNS, 80: rules.HTTP}

// unruly says on which side of the conversations of a lab rules are broken on purpose: people who type, and a forger of replies.
var unruly = map[string]rules.Side{"mail/smtp_by_hand": rules.Client, "dns/poisoning": rules.Server,
	"web/by_telnet": rules.Client, "trace/by_the_rules": rules.Client}

// floods are labs with nothing but many times the same, or more than a trace keeps.
var floods = []string{"dns/root_flood", "web/dash", "web/institutional_cache", "web/cdn_placement"}

// TestRules checks that what the servers and clients of the labs say breaks no rule of their protocols.
func TestRules(t *testing.T) {
	seen := map[uint16]int{}
	for _, s := range labs(t) {
		if !slices.Contains([]string{"mail", "dns", "textbook", "trace", "web", "files"}, s.Folder()) || slices.Contains(floods, s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			tr := traced(t, s)
			culprit, isUnruly := unruly[s.Name]
			caught := 0
			found, err := rules.Record(tr, func(c capture.Conversation) bool { return protocols[c.Server.Port] != nil })
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range found {
				port := x.Server.Port
				check := protocols[port]
				if port == 53 && x.Kind == stack.TCP {
					check = rules.DNSOverTCP
				}
				seen[port]++
				r := check(x.Dialogue)
				for _, b := range r.Broken(rules.Must) {
					if isUnruly && b.Side == culprit {
						caught++
						continue
					}
					t.Errorf("conversation %d: %s\n%.2000s", x.Number, b, r)
					return
				}
			}
			if isUnruly && caught == 0 {
				t.Error("no rule is broken")
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
		Observe: func(w *engine.World) func() { tr = w.Trace(capture.TraceOptions{Bytes: 64 << 20}); return tr.Stop },
	}.Do()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
