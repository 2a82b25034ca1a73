package pop3_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/pop3"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// serve starts a server with a fresh mailbox for every session, so that each session sees the same.
func serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	s, _ := server()
	s.Open = func(string) (pop3.Drop, error) { return &box{texts: []string{text(498), text(912)}}, nil }
	s.APOP = true
	st.Go("accept", func() { s.Serve(st, l) })
	return l.Addr().String(), s.Close, nil
}

// talk is a session by APOP that reads one message and deletes the other.
func talk(st *stack.Stack, address string) (string, error) {
	c, err := pop3.Dial(st, address, pop3.Options{})
	if err != nil {
		return "", err
	}
	defer c.Close()
	var b strings.Builder
	if err := c.APOP("alice", "hungry"); err != nil {
		return "", err
	}
	list, err := c.List()
	if err != nil {
		return "", err
	}
	ids, err := c.UIDL()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&b, list, ids)
	for _, e := range list {
		message, err := c.Retr(e.Number)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%d %q\n", len(message), message)
	}
	if err := c.Dele(1); err != nil {
		return "", err
	}
	n, size, err := c.Stat()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&b, n, size)
	return b.String(), c.Quit()
}

func TestConformance(t *testing.T) {
	var garbage [][]byte
	for _, s := range []string{"USER alice\r\nPASS hungry\r\nRETR 1\r\nRETR 2\r\nRETR 99\r\nQUIT\r\n", "PASS x\r\nSTLS\r\nAPOP\r\nAUTH\r\n", "AUTH CRAM-MD5\r\n*\r\n",
		"USER alice\r\nPASS hungry\r\nDELE 1\r\nTOP 1 9\r\nTOP 2 999999999\r\nLIST", "CAPA\r\nCAPA\r\nquit\r\nCAPA\r\n", "AUTH PLAIN\r\n" + strings.Repeat("QUJD", 2000) + "\r\n"} {
		garbage = append(garbage, []byte(s))
	}
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 110, Patience: time.Hour, Garbage: garbage})
}
