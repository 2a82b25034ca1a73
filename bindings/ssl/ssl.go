// Package ssl is the Lua modules ssl and ssl.https: TLS over TCP objects with the core of LuaSec 1.2's surface, on crypto/tls.
//
// In a virtual world everything random in a handshake comes from the process's stream and every certificate that the world
// signs from its seed. That the bytes on the wire are the same on each run also needs the program to be built with the directive
// //go:debug cryptocustomrand=1, without which crypto/ecdh of Go 1.26 ignores the stream it is given; their number and timing are
// the same either way.
//
// Left out: DTLS, DANE, session resumption, renegotiation, encrypted private keys, and certificates made by the script.
package ssl

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

const moduleDoc = `TLS on TCP connections, as LuaSec has it.

In a virtual world a server whose context names no certificate has one of its host, signed by the world's own authority, and that authority is
the one trusted where a context names none.`

// Module is module ssl.
var Module = bind.New("ssl", moduleDoc, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module),
		bind.Const("_VERSION", "The version of LuaSec whose behaviour this is.", "1.2.0"),
		bind.Value("config", "table", "What contexts may be made with: protocols, options, curves, algorithms and capabilities by name.", configTable),
		bind.Var("newcontext", "Make a context for connections.", newContext).
			Returns("context ssl.context|nil", "the context", "err string|nil", "why not"),
		bind.Var("wrap", "Put TLS on a connection. Its handshake is for dohandshake.", wrap).
			Returns("connection ssl.connection|nil", "the connection", "err string|nil", "why not"),
		bind.Class[context]("context", "What connections are made with.").Named(func(*context) string { return "SSL context" }, "SSL context"),
		connClass(), certificateClass(),
		bind.Example(`local socket, ssl, task = require "socket", require "ssl", require "task"
local server = socket.bind("*", 443)
task.spawn(function()
  local c = assert(ssl.wrap(server:accept(), {mode = "server", protocol = "any"}))
  assert(c:dohandshake())
  c:send("hello " .. c:getsniname() .. "\n")
  c:close()
end)
local c = assert(ssl.wrap(socket.connect("localhost", 443), {mode = "client", protocol = "any", verify = "peer"}))
c:sni("localhost")
assert(c:dohandshake())
print(c:info("protocol"), c:getpeercertificate():subject()[1].value) --> TLSv1.3	localhost
print((c:receive())) --> hello localhost`),
	}
})

func configTable(L *lua.LState) lua.LValue {
	set := func(names ...string) *lua.LTable {
		t := L.NewTable()
		for _, n := range names {
			t.RawSetString(n, lua.LTrue)
		}
		return t
	}
	t := L.NewTable()
	t.RawSetString("protocols", set("tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3"))
	t.RawSetString("options", set(append(optionNames(), "no_tlsv1", "no_tlsv1_1", "no_tlsv1_2", "no_tlsv1_3")...))
	t.RawSetString("curves", set("X25519", "P-256", "P-384", "P-521", "prime256v1", "secp384r1", "secp521r1"))
	t.RawSetString("algorithms", set("ec"))
	t.RawSetString("capabilities", set("alpn", "curves_list", "ecdh_auto"))
	return t
}

func connClass() bind.Member {
	failure := []string{"err string|nil", "why not"}
	with := func(first ...string) []string { return append(first, failure...) }
	return bind.Class("connection", "A connection under TLS. Where its timeout is over, calls say \"wantread\" or \"wantwrite\".",
		bind.MethodVar("dohandshake", "Agree on keys with the peer. After \"wantread\" it may be called again.", (*conn).handshake).
			Returns(with("ok boolean", "whether it is done")...),
		bind.MethodRaw[socket.ReceiveArgs]("receive", "Receive a line, a number of bytes or everything.", (*conn).receive).
			Returns("data string|nil", "what was asked for", "err string|nil", "\"wantread\", \"closed\" or another reason", "partial string|nil", "what came before it failed"),
		bind.MethodRaw[socket.SendArgs]("send", "Send text.", (*conn).send).
			Returns("last integer|nil", "index of the last byte sent", "err string|nil", "\"wantwrite\", \"closed\" or another reason", "partial integer|nil", "index of the last byte sent before it failed"),
		bind.MethodVar("close", "Tell the peer that nothing more will come, and close the connection.", (*conn).shut),
		bind.MethodRaw[socket.TimeoutArgs]("settimeout", "Bound how long calls on the connection may wait.", (*conn).setTimeout).Returns("ok integer", "1"),
		bind.MethodVar("sni", "Say, before the handshake, which server the client wants.", (*conn).sni),
		bind.MethodVar("getsniname", "Which server the client wants.", (*conn).sniName).Returns("name string|nil", "what it said"),
		bind.MethodVar("info", "What protocol, cipher and key sizes are used.", (*conn).info).
			Returns(with("info table|string|number|boolean|nil", "protocol, cipher, bits, algbits, encryption, authentication, key, mac, export; or the one asked for")...),
		bind.MethodVar("getpeercertificate", "The peer's certificate.", (*conn).peerCertificate).
			Returns(with("certificate ssl.certificate|nil", "nil if it has none")...),
		bind.MethodVar("getpeerchain", "The peer's certificate and those it sent with it.", (*conn).peerChain).
			Returns(with("chain table|nil", "a list")...),
		bind.MethodVar("getpeerverification", "Whether the peer's certificate is signed by an authority that is trusted.", (*conn).verification).
			Returns("ok boolean", "whether it is", "err string|nil", "what is wrong with it"),
		bind.MethodVar("getalpn", "The application protocol that was agreed on.", (*conn).alpn).Returns("protocol string|nil", "nil if none was"),
		bind.Method("want", "What the last call would have waited for.", (*conn).wanted).Returns("direction", "\"read\", \"write\" or \"nothing\""),
		bind.Method("dirty", "Whether something has been received that the script has not asked for yet.", (*conn).dirty).Returns("dirty", "whether"),
		bind.MethodVar("getfd", "The descriptor.", (*conn).getFD).Returns("fd integer", "-1 after close"),
		bind.MethodVar("getstats", "How much was received and sent, and the age of the object.", (*conn).getStats).
			Returns("received integer", "bytes", "sent integer", "bytes", "age number", "seconds"),
		bind.MethodRaw[socket.StatsArgs]("setstats", "Set what getstats tells.", (*conn).setStats).Returns("ok integer", "1"),
	).Named((*conn).className, "SSL connection")
}

func certificateClass() bind.Member {
	return bind.Class("certificate", "A certificate (X.509).",
		bind.Method("subject", "Whose it is.", (*certificate).subject).Returns("names table", "a list of {name=, oid=, value=}"),
		bind.Method("issuer", "Who signed it.", (*certificate).issuer).Returns("names table", "a list of {name=, oid=, value=}"),
		bind.Method("notbefore", "From when it is valid.", (*certificate).notBefore).Returns("time string", "such as \"Jan  1 00:00:00 2026 GMT\""),
		bind.Method("notafter", "Until when it is valid.", (*certificate).notAfter).Returns("time string", "likewise"),
		bind.Method("validat", "Whether it is valid at a time.", (*certificate).validAt).Returns("valid boolean", "whether"),
		bind.Method("serial", "Its number.", (*certificate).serial).Returns("number string", "in hexadecimal digits"),
		bind.MethodVar("digest", "Its fingerprint.", (*certificate).digest).Returns("digest string|nil", "in hexadecimal digits", "err string|nil", "why not"),
		bind.Method("extensions", "The other names it is for.", (*certificate).extensions).Returns("extensions table", "by object identifier"),
		bind.Method("pem", "Its text.", (*certificate).pem).Returns("pem string", "the text"),
		bind.Method("getsignaturename", "How it is signed.", (*certificate).signatureName).Returns("name string", "the algorithm"),
		bind.Method("issued", "Whether it signed another.", (*certificate).issued).Returns("issued boolean", "whether"),
	).Named((*certificate).className, "X509 certificate")
}
