package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A conn is a connection under TLS. Its handshake runs in a task of its own, so that the script may stop waiting for it and come
// back later: crypto/tls cannot take up a handshake that was broken off.
type conn struct {
	*socket.Conn
	ctx     *context
	secured *secured
	name    string // for SNI
	seen    string // the name that the client asked for
	started bool
	over    bool // the handshake has ended
	ended   sim.Queue
	err     error // why it failed
	closed  bool
	want    string
	trouble error // what is wrong with the peer's certificate
}

type wrapArgs struct {
	Socket lua.LValue `doc:"a connected TCP object; it is left without its socket" default:"nil" type:"socket.tcp"`
	Config lua.LValue `doc:"a context, or a table for newcontext" default:"nil" type:"ssl.context|table"`
}

func wrap(c *bind.Call, a wrapArgs) bind.Out {
	ctx, ok := bind.As[context](a.Config)
	if cfg, isTable := a.Config.(*lua.LTable); isTable {
		var err error
		if ctx, err = build(c, cfg); err != nil {
			return c.Return(nil, err.Error())
		}
		ok = true
	}
	if !ok {
		c.L.RaiseError("bad argument #1 to 'create' (invalid context)")
	}
	k := &conn{ctx: ctx, want: "nothing"}
	taken, ok := socket.Take(a.Socket, func(s stack.Socket) stack.Socket {
		k.secured = &secured{Socket: s}
		return k.secured
	})
	if !ok {
		c.L.RaiseError("bad argument #1 to 'wrap' (a TCP object with a socket expected, got %s)", c.Describe(a.Socket))
	}
	k.Conn = taken
	st := taken.Stack()
	k.secured.pipe = &pipe{sched: st.Scheduler(), sock: k.secured.Socket}
	return c.Return(k)
}

// handshakeUnits is the fuel that one end of a handshake costs, 0.3 ms.
const handshakeUnits = 15_000

// start begins the handshake.
func (k *conn) start(c *bind.Call) {
	c.Charge(handshakeUnits)
	st := k.Stack()
	config := k.ctx.config.Clone()
	config.Time = st.Now
	if st.Scheduler().Virtual() {
		config.Rand = pki.Random(st.Rand())
	}
	config.VerifyConnection = k.check
	config.ServerName = k.name
	k.secured.pipe.parking = true
	k.started = true
	process.Of(c).Spawn(nil, "tls handshake", c.L.NewFunction(func(L *lua.LState) int {
		if k.ctx.server {
			config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				k.seen = hello.ServerName
				return k.ctx.chosen(L, config, hello.SupportedProtos)
			}
			k.secured.tls = tls.Server(k.secured.pipe, config)
		} else {
			k.secured.tls = tls.Client(k.secured.pipe, config)
		}
		k.err = k.secured.tls.Handshake()
		k.secured.pipe.parking = false
		k.secured.ready = k.err == nil
		k.over = true
		k.ended.Wake()
		return 0
	}), nil, nil)
}

// chosen returns a configuration with those of the application protocols offered that the context's list has or the script's
// function chooses, or nil if nothing has to change.
func (ctx *context) chosen(L *lua.LState, config *tls.Config, offered []string) (*tls.Config, error) {
	if len(offered) == 0 {
		return nil, nil
	}
	accepts := ctx.accepts
	if ctx.choose != nil {
		var err error
		if accepts, err = ctx.ask(L, offered); err != nil {
			return nil, err
		}
	} else if accepts == nil {
		return nil, nil
	}
	with := config.Clone()
	with.NextProtos = nil
	for _, name := range accepts {
		if slices.Contains(offered, name) {
			with.NextProtos = append(with.NextProtos, name)
		}
	}
	return with, nil
}

// ask returns the application protocols that the script's function chooses of those offered.
func (ctx *context) ask(L *lua.LState, offered []string) ([]string, error) {
	names := L.NewTable()
	for _, name := range offered {
		names.Append(lua.LString(name))
	}
	results, err := lua51.Call(L, ctx.choose, names)
	if err != nil {
		return nil, err
	}
	answer := L.NewTable()
	if len(results) > 0 {
		answer.RawSetString("alpn", results[0])
	}
	return list(answer, "alpn"), nil
}

// A verifyError ends a handshake because the peer's certificate is not good.
type verifyError struct{ cause error }

func (e *verifyError) Error() string { return "ssl: certificate verify failed: " + e.cause.Error() }

// Unwrap returns what is wrong with the certificate.
func (e *verifyError) Unwrap() error { return e.cause }

// check verifies the peer's chain, as LuaSec without regard to its name.
func (k *conn) check(state tls.ConnectionState) error {
	chain := state.PeerCertificates
	if len(chain) == 0 {
		return nil
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, k.trouble = chain[0].Verify(x509.VerifyOptions{Roots: k.ctx.roots, Intermediates: between, CurrentTime: k.Stack().Now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if k.trouble != nil && k.ctx.verify {
		return &verifyError{k.trouble}
	}
	return nil
}

func (k *conn) handshake(c *bind.Call, _ bind.None) bind.Out {
	if k.closed {
		return c.Return(false, "closed")
	}
	if !k.started {
		k.start(c)
	}
	var p socket.Patience
	for !k.over {
		if err := k.Wait("dohandshake", &k.ended, &p); err != nil {
			k.want = "read"
			return c.Return(false, "wantread")
		}
	}
	k.want = "nothing"
	if k.err != nil {
		return c.Return(false, words(k.err))
	}
	return c.Return(true)
}

func (k *conn) receive(c *bind.Call) bind.Out { return k.moved(c, k.Receive(c), "read") }
func (k *conn) send(c *bind.Call) bind.Out    { return k.moved(c, k.Send(c), "write") }

// moved calls a timeout what LuaSec calls it: the wish to read or write.
func (k *conn) moved(c *bind.Call, out bind.Out, direction string) bind.Out {
	k.want = "nothing"
	if c.L.Get(-2) == lua.LString("timeout") {
		c.L.Replace(-2, lua.LString("want"+direction))
		k.want = direction
	}
	return out
}

func (k *conn) shut(c *bind.Call, _ bind.None) bind.Out {
	if !k.closed {
		k.closed = true
		if k.secured.ready {
			_ = k.secured.tls.Close() // the alert that nothing more will come
			k.secured.ready = false
		}
		k.Close()
		k.secured.Socket.Close()
	}
	return c.Return()
}

func (k *conn) setTimeout(c *bind.Call) bind.Out { return k.SetTimeout(c) }

func (k *conn) dirty(*bind.Call, bind.None) (bool, error) {
	return k.Buffered() || k.secured.more, nil
}

func (k *conn) getFD(c *bind.Call, _ bind.None) bind.Out     { return c.Return(k.FD()) }
func (k *conn) getStats(c *bind.Call, _ bind.None) bind.Out  { return k.Stats(c) }
func (k *conn) setStats(c *bind.Call) bind.Out               { return k.SetStats(c) }
func (k *conn) wanted(*bind.Call, bind.None) (string, error) { return k.want, nil }
func (k *conn) className() string                            { return "SSL connection" }

type sniArgs struct {
	Name string `doc:"the name of the server that a client wants"`
}

func (k *conn) sni(c *bind.Call, a sniArgs) bind.Out {
	k.name = a.Name
	return c.Return()
}

func (k *conn) sniName(c *bind.Call, _ bind.None) bind.Out {
	name := k.name
	if k.ctx.server {
		name = k.seen
	}
	if name == "" {
		return c.Return(nil)
	}
	return c.Return(name)
}

type infoArgs struct {
	Aspect *string `doc:"one of the fields; all in a table if left out"`
}

func (k *conn) info(c *bind.Call, a infoArgs) bind.Out {
	if !k.secured.ready {
		return c.Return(nil, "closed")
	}
	all := c.L.NewTable()
	for _, x := range aspects(k.secured.tls.ConnectionState()) {
		all.RawSetString(x.name, c.Value(x.value))
	}
	if a.Aspect == nil {
		return c.Return(all)
	}
	return c.Return(all.RawGetString(*a.Aspect))
}

func (k *conn) alpn(c *bind.Call, _ bind.None) bind.Out {
	if !k.secured.ready || k.secured.tls.ConnectionState().NegotiatedProtocol == "" {
		return c.Return(nil)
	}
	return c.Return(k.secured.tls.ConnectionState().NegotiatedProtocol)
}

func (k *conn) verification(c *bind.Call, _ bind.None) bind.Out {
	switch {
	case !k.secured.ready:
		return c.Return(false, "closed")
	case k.trouble != nil:
		return c.Return(false, flaw(k.trouble, k.secured.tls.ConnectionState().PeerCertificates[0]))
	}
	return c.Return(true)
}
