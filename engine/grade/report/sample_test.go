package report_test

import (
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

const ms = time.Millisecond

// pings is a dialogue of a client that pings a server over UDP; the last datagram is lost.
func pings(n int) []grade.Line {
	out := []grade.Line{{At: 0, Until: -1, From: "server", Kind: "listen", Text: "listen :12000"}}
	for i := range n {
		at := time.Duration(i) * time.Second
		sent := grade.Line{At: at, Until: at + 20*ms, From: "client", To: "server", Kind: "datagram", Text: "Ping " + string(rune('1'+i%9)) + " 2026-01-01 00:00:00.000"}
		if i == n-1 {
			sent.Until, sent.Lost = -1, true
			out = append(out, sent)
			break
		}
		out = append(out, sent, grade.Line{At: at + 20*ms, Until: at + 40*ms, From: "server", To: "client", Kind: "datagram", Text: strings.ToUpper(sent.Text)})
	}
	return append(out, grade.Line{At: time.Duration(n) * time.Second, Until: -1, From: "client", Kind: "close", Text: "close"})
}

func tests() []grade.Test {
	return []grade.Test{
		{Name: "starts", Title: "sends a first ping", Points: 1, Seeds: 1, Tags: []string{"basics"}},
		{Name: "ten", Title: "sends ten pings, one after the other, and waits at most a second for each", Points: 2, Needs: []string{"starts"}, Seeds: 1,
			Hint: "Set a timeout on the socket before you wait for an answer."},
		{Name: "rtt", Title: "prints the round-trip time of each", Points: 2.5, Needs: []string{"ten"}, Seeds: 1, Tags: []string{"output", "time"},
			Hint: "socket.gettime() before sending and after receiving; the difference is what is wanted."},
		{Name: "summary", Title: "prints minimum, average and maximum, and the share of packets lost", Points: 2.5, Needs: []string{"rtt"}, Seeds: 1},
		{Name: "loss", Title: "survives a network that loses packets", Points: 2, Needs: []string{"starts"}, Seeds: 20, Chaos: true, Visibility: grade.AfterDueDate},
		{Name: "late", Title: "does not take a late answer for the next", Points: 1, Needs: []string{"ten"}, Seeds: 1, Visibility: grade.Hidden},
	}
}

// result makes the result of a submission from verdicts, one for each test.
func result(name string, verdicts ...grade.Verdict) grade.Result {
	r := grade.Result{Exercise: "udp_pinger", Title: "UDP pinger", Submission: name, Seed: 1, Complete: true, Isolation: "full", Took: 123 * ms}
	for i, t := range tests() {
		o := grade.Outcome{Test: t, Verdict: verdicts[i], Tried: t.Seeds}
		r.Max += t.Points
		a := &grade.Attempt{Test: t.Name, Seed: 1, Verdict: o.Verdict, Elapsed: 10 * time.Second, Dialogue: pings(8)}
		switch o.Verdict {
		case grade.Passed:
			o.Earned, a.Earned = t.Points, t.Points
			a.Output = "PING 1 rtt 0.040\n"
		case grade.Skipped:
			o.Tried, a = 0, nil
		default:
			o.Bad = (t.Seeds + 2) / 3
			o.Replay = "t1-" + t.Name + "-7"
			if t.Seeds > 1 {
				a.Seed = 7
			}
			example(&o, a)
		}
		o.Shown = a
		r.Score += o.Earned
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

// example fills in what a trial that did not pass might tell.
func example(o *grade.Outcome, a *grade.Attempt) {
	switch a.Verdict {
	case grade.Failed:
		a.Findings = []grade.Finding{{Message: "the output is not as expected", Where: "pinger.lua:31",
			Expected: "PING 1 rtt 0.040\nPING 2 rtt 0.040\nPING 3 rtt 0.040\nPING 4 timeout\nmin 0.040 avg 0.040 max 0.040, 25% lost",
			Actual:   "PING 1 rtt 0.040\nPING 3 rtt 0.040\nPING 4 timeout \nmin 0 avg 0.030 max 0.040, a quarter of all packets was lost on the way to the server and back"},
			{Message: "the socket is still open when the program ends"}}
		a.Output = a.Findings[0].Actual + "\n"
		o.Earned = o.Points / 2
		a.Earned = o.Earned
	case grade.Deadlock:
		a.Report = "deadlock at 3.020000 s: nothing can happen any more\n  task main of pinger.lua on client waits in receive on UDP port 49152 (pinger.lua:14)\n  task main of check.lua waits for the end of pinger.lua"
	case grade.Crash:
		a.Report = "pinger.lua:17: attempt to index local 'reply' (a nil value)\nstack traceback:\n\tpinger.lua:17: in function 'ping'\n\tpinger.lua:25: in main chunk"
		a.Output = "PING 1 rtt 0.040\n"
	case grade.CannotLoad:
		a.Report = "pinger.lua:3: unexpected symbol near 'then'"
		a.Dialogue = nil
	case grade.OutputLimit:
		a.Output = strings.Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 400)
		a.Report = "it printed more than 1 MiB"
	case grade.Fault:
		a.Report = "check.lua:40: attempt to call a nil value"
	default:
		a.Report = "the limit is named here"
	}
}

// sampleClass has every verdict.
func sampleClass() []grade.Result {
	const p, f, s = grade.Passed, grade.Failed, grade.Skipped
	stopped := result("nadia", p, p, grade.Interrupted, s, grade.Interrupted, s)
	stopped.Complete = false
	warned := result("omar.zip", p, grade.Machine, s, s, grade.Fault, s)
	warned.Warnings = []string{"this machine does not allow namespaces: submissions are kept apart from it by limits only"}
	return []grade.Result{
		result("alice.lua", p, p, p, p, p, p),
		result("bob.lua", p, p, f, s, f, p),
		result("carla.lua", p, grade.Deadlock, s, s, grade.TimeOut, s),
		result("dmitri", p, p, p, f, grade.Crash, f),
		result("eve.lua", grade.CannotLoad, s, s, s, s, s),
		result("fatima.lua", p, p, p, p, f, p),
		result("gil.lua", p, grade.Fuel, s, s, grade.Memory, s),
		result("hana.lua", p, p, grade.OutputLimit, s, grade.Limit, p),
		stopped, warned,
		result("zoë-zażółć-日本語の名前.lua", p, p, p, f, p, p),
	}
}

// poison is text with everything that means something to a reader of some format.
const poison = "\x1b[2J\x1b]0;owned\x07\r\x00\x08\xff\xfe]]>--><script>alert(1)</script>&amp;&lt;'\" # TODO # SKIP\nok 99 - owned\n1..99\nBail out!\n  ...\n\u202eevil\u2066\ufeff\ufffe\U0001f480 \\# {{.}} ${x} `x` </svg></style></pre>"

// poisoned has the text everywhere that a submission or an exercise can put one, and numbers that are none.
func poisoned(text string) grade.Result {
	r := result(text, grade.Failed, grade.Crash, grade.Failed, grade.Failed, grade.Skipped, grade.Failed)
	r.Title, r.Exercise, r.Isolation, r.Warnings = text, text, text, []string{text}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		o.Title, o.Hint, o.Tags, o.Replay = text, text, []string{text}, text
		if a := o.Shown; a != nil {
			a.Report, a.Output = text, text
			a.Findings = []grade.Finding{{Message: text, Expected: text, Actual: text + "x", Where: text}, {Expected: text}}
			a.Dialogue = append(a.Dialogue, grade.Line{From: text, To: "server", Text: text, Kind: text}, grade.Line{Text: text, Kind: "note"},
				grade.Line{At: -1 << 62, Until: 1 << 62, From: text + "2", To: text, Text: text, Kind: "send"})
		}
	}
	return r
}
