package mta_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// crashFor switches a site's host off and on again.
func (s *site) crashFor(d time.Duration) {
	if s.host.V.Down() {
		return
	}
	s.world.Sched.After(d, func() {
		s.host.V.Restart()
		s.boot()
	})
	check(s.world.t, s.host.Crash())
}

// Crashes, partitions and losses at random for two hours, while ten users send messages: in the end each message that was acknowledged is
// there or reported, and what a server took it delivered once.
func TestChaos(t *testing.T) {
	seeds := uint64(25)
	if testing.Short() {
		seeds = 5
	}
	again := 0
	for seed := uint64(1); seed <= seeds; seed++ {
		w := newWorld(t, seed)
		mx := records{"lab": {{Host: "first.lab", Preference: 10}, {Host: "second.lab", Preference: 20}}}
		fast := func(s *mta.Server) {
			s.Retry, s.RetryMax, s.Connect, s.Client.Timeout, s.SMTP.Timeout, s.MX = time.Minute, 5*time.Minute, 20*time.Second, time.Minute, time.Minute, mx
		}
		crepes := w.site("crepes.fr", []string{"alice"}, func(s *mta.Server) { everybody(s); fast(s) })
		first := w.site("first.lab", []string{"bob"}, func(s *mta.Server) { s.Local = []string{"lab"}; fast(s) })
		second := w.site("second.lab", nil, func(s *mta.Server) { s.RelayFor = []string{"lab"}; fast(s) })
		faults := rand.New(rand.NewPCG(seed, 99))
		acknowledged := map[string]int{}
		w.run(func(st *stack.Stack) {
			for i := range 10 {
				st.Go("user", func() {
					st.Sleep(time.Duration(faults.IntN(6000)) * time.Second)
					subject := fmt.Sprintf("message %d.", i)
					for acknowledged[subject] == 0 {
						_, err := smtp.SendMail(st, "crepes.fr", "alice@crepes.fr", []string{"bob@lab", fmt.Sprintf("nobody%d@lab", i)}, []byte("Subject: "+subject+"\r\n\r\n"), smtp.ClientOptions{Timeout: 30 * time.Second})
						if err == nil {
							acknowledged[subject]++
							return
						}
						st.Sleep(30 * time.Second)
					}
				})
			}
			sites := []*site{crepes, first, second}
			for st.Scheduler().Elapsed() < 2*time.Hour {
				st.Sleep(time.Duration(1+faults.IntN(60)) * time.Second)
				i := faults.IntN(3)
				a, b := sites[i], sites[(i+1+faults.IntN(2))%3]
				switch faults.IntN(3) {
				case 0:
					a.crashFor(time.Duration(1+faults.IntN(120)) * time.Second)
				case 1:
					check(t, w.Net.Partition(a.host.V, b.host.V))
					w.Sched.After(time.Duration(faults.IntN(120))*time.Second, func() { w.Net.Heal(a.host.V, b.host.V) })
				case 2:
					shape := w.links[a.host.Name].Shape(0)
					shape.Loss = float64(faults.IntN(4)) / 10
					check(t, w.links[a.host.Name].SetShape(0, shape))
				}
			}
			w.Net.HealAll()
			st.Sleep(time.Hour) // until every host is up
			if !w.settled(48 * time.Hour) {
				t.Errorf("seed %d: something is left in a queue", seed)
			}
		})
		bob, alice := first.inbox("bob"), crepes.inbox("alice")
		for i := range 10 {
			subject := fmt.Sprintf("message %d.", i)
			if n := copies(bob, "Subject: "+subject); n < 1 || acknowledged[subject] != 1 || reports(alice, fmt.Sprintf("nobody%d@lab", i)) < 1 {
				t.Errorf("seed %d: %s acknowledged %d times, %d copies, %d reports", seed, subject, acknowledged[subject], n, reports(alice, fmt.Sprintf("nobody%d@lab", i)))
			}
		}
		if taken := first.happened(mta.Queued, "bob@"); len(bob) != taken {
			t.Errorf("seed %d: taken %d, delivered %d", seed, taken, len(bob))
		}
		for _, s := range []*site{crepes, second} { // what was passed on and heard of was passed on once: the other copies are of lost answers
			if accepted, sent := s.happened(mta.Queued, "bob@"), s.happened(mta.Sent, "bob@"); accepted != sent {
				t.Errorf("seed %d: %s accepted %d and passed on %d", seed, s.host.Name, accepted, sent)
			}
		}
		again += len(bob) - 10
		if t.Failed() {
			t.Fatalf("crepes.fr\n%sfirst.lab\n%ssecond.lab\n%s", crepes.story(), first.story(), strings.TrimSpace(second.story()))
		}
	}
	t.Logf("%d messages, %d copies more, each after a lost answer", 10*seeds, again)
}
