// Package chap is the Lua module chap: logins in which the password does not go over the wire.
package chap

import (
	"fmt"
	"net"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/chap"
	"github.com/moonwire-lab/moonwire/engine/sasl"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Module is the declaration of chap.
var Module = bind.New("chap", "Prove to know a password without showing it (CHAP, RFC 1994), step by step or as a server and a client.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("challenge", "A question that was not asked before.", challenge).Returns("challenge", "random bytes"),
		bind.Fn("response", "The answer to a challenge. With the hash \"md5\" it is the MD5 of identifier, password and challenge; with the toy \"shift\" the password, such as \"+1\", "+
			"says by how many places each letter of the challenge moves on in the alphabet "+chap.Alphabet+".", response).
			Returns("response", "16 bytes of \"md5\"; of \"shift\" as long as the challenge").
			Example(`local chap = require "chap"
print(chap.response("+1", "Giovanni", {hash = "shift"})) --> Hlpxbool`),
		bind.Fn("verify", "Whether a response is the answer to a challenge for who knows the password.", verify).
			Example(`local chap = require "chap"
local question = chap.challenge()
local answer = chap.response("hungry", question, {id = 1})
print(chap.verify("hungry", question, answer, {id = 1}), chap.verify("hungry", chap.challenge(), answer, {id = 1})) --> true	false`),
		bind.Fn("cram_md5", "The answer of CRAM-MD5 (RFC 2195) to a challenge, as POP3, IMAP and SMTP have it.",
			func(_ *bind.Call, a cramArgs) (string, error) {
				return sasl.CRAMMD5(a.User, a.Password, a.Challenge), nil
			}).
			Returns("answer", "the user's name, a space, 32 hexadecimal digits").
			Example(`print(require("chap").cram_md5("tim", "tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>")) --> tim b913a602c7eda7a495b4e6e7334d3890`),
		bind.Fn("serve", "Start a server in this process that asks who connects to it, says whether it believes it, and closes.", serveLogins).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local chap = require "chap"
assert(chap.serve{users = {bob = "hungry"}})
print(chap.login("localhost", "bob", "hungry")) --> Ok!
print(select(3, chap.login("localhost", "bob", "thirsty"))) --> denied`),
		bind.Fn("login", "Connect to such a server and answer its challenge.", login).
			Returns("text", "what the server says").Errors("denied", "refused", "timeout", "host-not-found", "unreachable", "protocol", "closed"),
		bind.Class("Server", "A server that runs.",
			bind.Method("port", "The TCP port on which it listens.", func(s *Server, _ *bind.Call, _ bind.None) (int, error) { return s.port, nil }),
			bind.MethodProc("close", "Close the listener and all connections.", func(s *Server, _ *bind.Call, _ bind.None) error { s.server.Close(); return nil })),
		bind.Const("PORT", "The port of servers and clients that name no other; the protocol has none of its own.", chap.Port),
		bind.Example(`-- What goes over the wire never lets the password be read, and an answer is worth nothing for the next challenge.
local chap = require "chap"
chap.serve{users = {bob = "hungry"}}
print(chap.login("localhost", "bob", "hungry")) --> Ok!
print(select(2, chap.login("localhost", "bob", "thirsty"))) --> chap: the server refuses: wrong name or answer	denied
local first, second = chap.challenge(), chap.challenge()
local overheard = chap.response("hungry", first)
print(chap.verify("hungry", first, overheard), chap.verify("hungry", second, overheard)) --> true	false`),
	}
})

type hashOption struct {
	Hash string `doc:"how the answer is made" enum:"md5,shift" default:"md5"`
}

func (o hashOption) function() chap.Hash {
	if o.Hash == "shift" {
		return chap.Shift
	}
	return chap.MD5
}

type challengeArgs struct {
	Size int `doc:"how many bytes" default:"16" min:"1" max:"255"`
}

func challenge(c *bind.Call, a challengeArgs) ([]byte, error) {
	rng := process.Of(c).Stack().Rand()
	b := make([]byte, a.Size)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b, nil
}

type hashOptions struct {
	hashOption
	ID int `name:"id" doc:"the challenge's identifier, which \"md5\" takes in" default:"0" min:"0" max:"255"`
}

type responseArgs struct {
	Password  string      `doc:"what both sides know"`
	Challenge []byte      `doc:"the question"`
	Options   hashOptions `doc:"how"`
}

func response(c *bind.Call, a responseArgs) ([]byte, error) {
	c.Charge(len(a.Challenge) + len(a.Password))
	return a.Options.function()(byte(a.Options.ID), []byte(a.Password), a.Challenge), nil
}

type verifyArgs struct {
	Password  string      `doc:"what both sides know"`
	Challenge []byte      `doc:"the question"`
	Response  []byte      `doc:"the answer that came"`
	Options   hashOptions `doc:"how"`
}

func verify(c *bind.Call, a verifyArgs) (bool, error) {
	c.Charge(len(a.Challenge) + len(a.Password))
	return chap.Verify(a.Options.function(), byte(a.Options.ID), []byte(a.Password), a.Challenge, a.Response), nil
}

type cramArgs struct {
	User      string `doc:"the user's name"`
	Password  string `doc:"what both sides know"`
	Challenge string `doc:"the question"`
}

// Server is a server of Lua.
type Server struct {
	server *chap.Server
	port   int
	held   []lua.LValue
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), _ func(int64)) {
	for _, v := range s.held {
		see(v)
	}
}

type serveArgs struct {
	Options struct {
		Users     lua.LValue     `doc:"passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user" type:"table<string, string>|fun(user: string): string?"`
		Challenge *lua.LFunction `doc:"returns the question to ask, 1 to 255 bytes; drawn anew each time if left out" default:"nil"`
		hashOption
		Name    *string       `doc:"what the server calls itself; the host's name if left out"`
		Address string        `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port    int           `doc:"TCP port; 0 draws one" default:"1994" min:"0" max:"65535"`
		Timeout time.Duration `doc:"how long to wait for an answer" default:"30 s" min:"1 ms"`
	} `doc:"whom to believe what"`
}

func serveLogins(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	tasks := serve.New(c)
	engine := &chap.Server{Secret: tasks.Users(c, "users", o.Users), Hash: o.function(), Timeout: o.Timeout,
		Go: tasks.Go}
	if o.Name != nil {
		engine.Name = *o.Name
	}
	s := &Server{server: engine, held: []lua.LValue{o.Users}}
	if o.Challenge != nil {
		s.held = append(s.held, o.Challenge)
		engine.Challenge = func() []byte {
			results, err := tasks.Call(o.Challenge)
			if err != nil || len(results) == 0 {
				return nil
			}
			text, _ := results[0].(lua.LString)
			return []byte(text)
		}
	}
	st := tasks.Stack()
	l, err := tasks.Listen("chap server", o.Address, o.Port, func(l net.Listener) { engine.Serve(st, l) })
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s, nil
}

type loginArgs struct {
	Host     string `doc:"name or address of the server"`
	User     string `doc:"the user's name"`
	Password string `doc:"what both sides know"`
	Options  struct {
		hashOption
		Port    int           `doc:"TCP port" default:"1994" min:"1" max:"65535"`
		Timeout time.Duration `doc:"how long to wait for each packet" default:"30 s" min:"1 ms"`
	} `doc:"how"`
}

func login(c *bind.Call, a loginArgs) (string, error) {
	st := process.Of(c).Stack()
	conn, err := stack.Dialer{Timeout: a.Options.Timeout}.Dial(st, "tcp", net.JoinHostPort(a.Host, strconv.Itoa(a.Options.Port)))
	if err != nil {
		return "", fmt.Errorf("chap: %w", err)
	}
	defer conn.Close()
	client := &chap.Client{Name: a.User, Password: a.Password, Hash: a.Options.function(), Timeout: a.Options.Timeout}
	return client.Answer(st, conn)
}
