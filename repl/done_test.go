package repl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/repl"
)

// TestDone looks at what is told of lines, and at a command of one's own.
func TestDone(t *testing.T) {
	var out bytes.Buffer
	var told []string
	o := repl.Options{
		Run: run(network+`b:spawn(function() local s = require("socket").bind("*", 7) while true do local c = s:accept() c:send(c:receive():upper() .. "\n") c:close() end end)
2 * 3
ssh a
nothing.x
s = require('socket').bind('*', 9) c = s:accept()
telnet b 7
hello
telnet b 8
greet "you there"
`, &out),
		Commands: []*repl.Command{{Name: "greet", Args: "NAME", Min: 1, Max: 1, Silent: true, Shell: func(s *repl.Shell, args []string) error {
			_, err := fmt.Fprintln(s.Out(), "hello, "+args[0])
			return err
		}}},
		Done: func(s *repl.Shell, d repl.Done) {
			told = append(told, fmt.Sprintf("%s %q command=%s args=%d typed=%v open=%v results=%v failed=%v waiting=%v output=%q",
				d.Host, d.Text, d.Command, len(d.Args), d.Typed, d.Open, d.Results, d.Err != nil, errors.Is(d.Err, bindings.ErrWaiting), d.Output))
			fmt.Fprintln(s.Out(), "of no line")
		},
	}
	s, err := repl.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Loop(context.Background())
	got := strings.Join(told[4:], "\n")
	want := `localhost "2 * 3" command= args=0 typed=false open=false results=[6] failed=false waiting=false output="6\n"
localhost "ssh a" command=ssh args=1 typed=false open=false results=[] failed=false waiting=false output=""
a "nothing.x" command= args=0 typed=false open=false results=[] failed=true waiting=false output="[6]:1: attempt to index global 'nothing' (a nil value)\n    1 | nothing.x\n"
a "s = require('socket').bind('*', 9) c = s:accept()" command= args=0 typed=false open=false results=[] failed=true waiting=true output="It waits in accept (tcp 0.0.0.0:9 LISTEN) for what is still to come, and goes\non in the background.\n"
a "telnet b 7" command=telnet args=2 typed=false open=true results=[] failed=false waiting=false output="Trying 10.0.2.2...\nConnected to b.\nEscape character is '^]'.\n"
a "hello" command= args=0 typed=true open=false results=[] failed=false waiting=false output="HELLO\nConnection closed by foreign host.\n"
a "telnet b 7" command=telnet args=2 typed=false open=false results=[] failed=false waiting=false output=""
a "telnet b 8" command=telnet args=2 typed=false open=false results=[] failed=true waiting=false output="Trying 10.0.2.2...\ntelnet: connect to address 10.0.2.2: Connection refused\nTrying 2001:db8:0:2::2...\ntelnet: unable to connect to remote host: Connection refused\n"
a "greet \"you there\"" command=greet args=1 typed=false open=false results=[] failed=false waiting=false output="hello, you there\n"`
	if got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(out.String(), "hello, you there\nof no line\n") {
		t.Errorf("printed\n%s", out.String())
	}
}
