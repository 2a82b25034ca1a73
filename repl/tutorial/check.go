package tutorial

import (
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/repl"
)

// A condition holds after a line if all that is set of it does.
type condition struct {
	Line    *pattern `toml:"line"`    // what was typed at the prompt
	Typed   *pattern `toml:"typed"`   // what was typed into a session of telnet
	Output  *pattern `toml:"output"`  // what was printed, errors too
	Result  string   `toml:"result"`  // the first result of Lua as text
	At      string   `toml:"at"`      // the host that the line was done on
	Host    string   `toml:"host"`    // the host that the user sits at now
	Listens string   `toml:"listens"` // a socket of the user's host: "tcp 6789"
	Upper   string   `toml:"upper"`   // somebody sent bytes to this port and got them back in capitals: "udp 6789"
	Answers string   `toml:"answers"` // somebody sent bytes to this port and got others back
	Open    bool     `toml:"open"`    // telnet has connected
	Left    bool     `toml:"left"`    // a session of telnet is over
}

// A situation is what a condition looks at: a line that was done, or none.
type situation struct {
	repl.Done
	tutorial *Tutorial
}

// state reports whether a condition asks only for what is, not for a line.
func (c *condition) state() bool {
	return (c.Host != "" || c.Listens != "") && c.Line == nil && c.Typed == nil && c.Output == nil && c.Result == "" && c.At == "" && !c.Open && !c.Left
}

func (c *condition) met(now *situation) bool {
	t := now.tutorial
	switch {
	case c.Line != nil && (now.Typed || !c.Line.MatchString(strings.TrimSpace(now.Text))),
		c.Typed != nil && (!now.Typed || !c.Typed.MatchString(now.Text)),
		c.Output != nil && !c.Output.MatchString(now.Output),
		c.Result != "" && (len(now.Results) == 0 || now.Results[0].String() != c.Result),
		c.At != "" && now.Done.Host != c.At,
		c.Host != "" && t.host() != c.Host,
		c.Listens != "" && !t.listens(c.Listens),
		c.Upper != "" && !t.wire.answered(c.Upper, strings.ToUpper),
		c.Answers != "" && !t.wire.answered(c.Answers, nil),
		c.Open && !now.Open,
		c.Left && (now.Command != "telnet" || now.Open || now.Err != nil):
		return false
	}
	return true
}

// listens reports whether a server of the user's host listens on a port, such as "tcp 6789".
func (t *Tutorial) listens(want string) bool {
	for _, s := range t.shell.Session().Host().Network.Sockets() {
		if spelt(s.Kind == stack.TCP, s.Local.Port()) == want && (s.Kind == stack.UDP || s.State == "LISTEN") {
			return true
		}
	}
	return false
}

// commonMistakes are hints for every step, the more special ones first. Their names are keys of the languages' mistakes.
func commonMistakes() []mistake {
	p := func(text string) *pattern {
		p := new(pattern)
		if err := p.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		return p
	}
	return []mistake{
		{Name: "command", condition: condition{Output: p(`^There is no command`)}},
		{Name: "host", condition: condition{Output: p(`name or service not known|host not found|host or service not provided|there is no host`)}},
		{Name: "usage", condition: condition{Output: p(`^usage: `)}},
		{Name: "unfinished", condition: condition{Output: p(`expected near '<eof>'`)}},
		{Name: "in-use", condition: condition{Output: p(`address already in use`)}},
		{Name: "syntax", condition: condition{Output: p(`(expected|unexpected symbol|syntax error) .*near`)}},
		{Name: "nil", condition: condition{Output: p(`attempt to (index|call) .*\(a nil value\)`)}},
		{Name: "nil", condition: condition{Line: p(`^\w+$`), Output: p(`\Anil\n`)}},
		{Name: "closed", condition: condition{Output: p(`^telnet: .*connection refused`)}},
	}
}

// commonMistake returns the name of the first that fits, or "". What was typed to a server is no line of the shell.
func commonMistake(now *situation) string {
	if now.Typed {
		return ""
	}
	for _, m := range commonMistakes() {
		if m.met(now) {
			return m.Name
		}
	}
	return ""
}
