package chap_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/chap"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestHashes: MD5 is that of the bytes in RFC 1994's order; the toy is the lecture's.
func TestHashes(t *testing.T) {
	// printf '\x07hungry0123456789abcdef' | md5sum
	if got := hex.EncodeToString(chap.MD5(7, []byte("hungry"), []byte("0123456789abcdef"))); got != "abd9c2acc5f58cb87b311500a473601e" {
		t.Errorf("MD5: %s", got)
	}
	for _, c := range []struct{ challenge, secret, want string }{
		{"Giovanni", "+1", "Hlpxbool"}, {"Giovanni", "1", "Hlpxbool"}, {"Hlpxbool", "-1", "Giovanni"}, {"zoo, Zara", "+1", "app, Absb"},
		{"Giovanni", "+23", "Giovanni"}, {"Giovanni", "hungry", "Giovanni"}, {"j k w é 1", "+3", "j k w é 1"}, {"abc", "-1000000", "tuv"},
	} {
		if got := string(chap.Shift(0, []byte(c.secret), []byte(c.challenge))); got != c.want {
			t.Errorf("Shift by %s: %q, want %q", c.secret, got, c.want)
		}
	}
	if !chap.Verify(chap.MD5, 1, []byte("a"), []byte("b"), chap.MD5(1, []byte("a"), []byte("b"))) || chap.Verify(chap.MD5, 2, []byte("a"), []byte("b"), chap.MD5(1, []byte("a"), []byte("b"))) {
		t.Error("Verify")
	}
}

func TestWire(t *testing.T) {
	for _, c := range []struct {
		bytes string
		want  string
	}{
		{"\x01\x07\x00\x09\x02abme", `challenge 7 6162 from "me"`},
		{"\x02\xff\x00\x06\x01x", `response 255 78 from ""`},
		{"\x03\x01\x00\x07Ok!", `success 1 "Ok!"`},
		{"\x04\x01\x00\x04", `failure 1 ""`},
	} {
		p, err := chap.Parse([]byte(c.bytes))
		if err != nil || p.String() != c.want {
			t.Errorf("%q: %s, %v", c.bytes, p, err)
		}
		if again, err := p.Append(nil); string(again) != c.bytes || err != nil {
			t.Errorf("%q was written as %q, %v", c.bytes, again, err)
		}
	}
	for _, bad := range []string{"", "\x01\x02\x00", "\x00\x01\x00\x04", "\x05\x01\x00\x04", "\x01\x01\x00\x04", "\x01\x01\x00\x05\x00", "\x01\x01\x00\x06\x02a", "\x03\x01\x00\x05", "\x03\x01\x00\x04x"} {
		if p, err := chap.Parse([]byte(bad)); stack.Code(err) != "protocol" {
			t.Errorf("%q: %s, %v", bad, p, err)
		}
	}
	for in, want := range map[string]string{"": "closed", "\x01\x02": "closed", "\x01\x02\x00\x09a": "closed", "\x01\x02\xff\xff": "protocol", "\x01\x02\x00\x03": "protocol"} {
		if _, err := chap.Read(strings.NewReader(in)); stack.Code(err) != want {
			t.Errorf("%q: %v", in, err)
		}
	}
	for _, bad := range []chap.Packet{{Code: chap.CodeChallenge}, {Code: chap.CodeResponse, Value: make([]byte, 256)}, {Code: chap.CodeSuccess, Text: strings.Repeat("x", 1021)}} {
		if _, err := bad.Append(nil); err == nil {
			t.Errorf("%.80s was written", bad)
		}
	}
}

// What can be read is written as the same bytes.
func FuzzParse(f *testing.F) {
	f.Add([]byte("\x01\x07\x00\x09\x02abme"))
	f.Add([]byte("\x03\x01\x00\x07Ok!"))
	f.Add([]byte("\x02\x01\x00\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		streamed, serr := chap.Read(bytes.NewReader(b))
		p, err := chap.Parse(b)
		if err != nil {
			return
		}
		again, err := p.Append(nil)
		if len(b) > 1024 {
			return
		}
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q was written as %q, %v", b, again, err)
		}
		if serr != nil || streamed.String() != p.String() {
			t.Fatalf("from a stream %s, %v", streamed, serr)
		}
	})
}

func secret(user string) (string, bool) { return "hungry", user == "alice" }

func serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	s := &chap.Server{Secret: secret, Welcome: func(st *stack.Stack, c net.Conn, user string) { fmt.Fprintf(c, "hello %s\n", user) }}
	st.Go("accept", func() { s.Serve(st, l) })
	return l.Addr().String(), s.Close, nil
}

func talk(st *stack.Stack, address string) (string, error) {
	conn, err := st.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	text, err := (&chap.Client{Name: "alice", Password: "hungry"}).Answer(st, conn)
	if err != nil {
		return "", err
	}
	hello, err := io.ReadAll(conn)
	return text + " " + string(hello), err
}

func TestConformance(t *testing.T) {
	challenge, _ := chap.Packet{Code: chap.CodeChallenge, ID: 1, Value: []byte("x"), Name: "y"}.Append(nil)
	response, _ := chap.Packet{Code: chap.CodeResponse, ID: 1, Value: []byte("x"), Name: "alice"}.Append(nil)
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Garbage: [][]byte{challenge, response, {2, 1, 255, 255}, {2, 1, 0, 0}}})
}

// TestAnswers shows a server all that may come back.
func TestAnswers(t *testing.T) {
	var heard []byte // what an eavesdropper has seen of a good login
	for _, c := range []struct {
		name, code string
		client     func(st *stack.Stack, conn net.Conn) error
	}{
		{"right", "", func(st *stack.Stack, conn net.Conn) error {
			challenge, err := chap.Read(conn)
			if err != nil {
				return err
			}
			p := chap.Packet{Code: chap.CodeResponse, ID: challenge.ID, Name: "alice", Value: chap.MD5(challenge.ID, []byte("hungry"), challenge.Value)}
			heard, _ = p.Append(nil)
			if _, err := conn.Write(heard); err != nil {
				return err
			}
			verdict, err := chap.Read(conn)
			if verdict.Code != chap.CodeSuccess || bytes.Contains(heard, []byte("hungry")) {
				t.Errorf("%s, %v", verdict, err)
			}
			return err
		}},
		{"replayed", "denied", func(st *stack.Stack, conn net.Conn) error {
			challenge, _ := chap.Read(conn)
			heard[1] = challenge.ID
			conn.Write(heard)
			return nil
		}},
		{"replayed with its old number", "protocol", func(st *stack.Stack, conn net.Conn) error { heard[1] = 9; conn.Write(heard); return nil }},
		{"wrong password", "denied", func(st *stack.Stack, conn net.Conn) error {
			_, err := (&chap.Client{Name: "alice", Password: "thirsty"}).Answer(st, conn)
			if stack.Code(err) != "denied" {
				t.Error(err)
			}
			return nil
		}},
		{"no such user", "denied", func(st *stack.Stack, conn net.Conn) error {
			(&chap.Client{Name: "eve", Password: "hungry"}).Answer(st, conn)
			return nil
		}},
		{"another hash", "denied", func(st *stack.Stack, conn net.Conn) error {
			(&chap.Client{Name: "alice", Password: "hungry", Hash: chap.Shift}).Answer(st, conn)
			return nil
		}},
		{"silence", "timeout", func(st *stack.Stack, conn net.Conn) error { io.Copy(io.Discard, conn); return nil }},
		{"gone", "closed", func(st *stack.Stack, conn net.Conn) error { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := engine.New(engine.Options{Seed: uint64(len(c.name))})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			h, _ := w.Local()
			st := h.NewStack("x")
			l, err := st.Listen("tcp", ":1994")
			if err != nil {
				t.Fatal(err)
			}
			s := &chap.Server{Secret: secret}
			asked := st.Go("server", func() {
				conn, err := l.Accept()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				user, err := s.Ask(st, conn)
				if code := stack.Code(err); err != nil && code != c.code || err == nil && (c.code != "" || user != "alice") {
					t.Errorf("Ask: %q, %v (%s), want %s", user, err, code, c.code)
				}
			})
			st.Go("client", func() {
				conn, err := st.Dial("tcp", "localhost:1994")
				if err == nil {
					err = c.client(st, conn)
					conn.Close()
				}
				if err != nil {
					t.Error(err)
				}
			})
			if err := w.Sched.Run(asked); err != nil {
				t.Error(err)
			}
		})
	}
}

func Example() {
	question := []byte("Giovanni")
	fmt.Printf("%s\n", chap.Shift(1, []byte("+1"), question))
	fmt.Printf("%x\n", chap.MD5(1, []byte("+1"), question))
	// Output:
	// Hlpxbool
	// 8c4948b24a96c78e7dba47231d40dc63
}
