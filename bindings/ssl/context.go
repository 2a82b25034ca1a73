package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/pki"
)

// A context is what connections are made with.
type context struct {
	config  *tls.Config
	server  bool
	verify  bool // the peer's certificate has to be good
	must    bool // a client has to have one
	roots   *x509.CertPool
	choose  *lua.LFunction // of a server: picks application protocols; nil if the script gave none
	accepts []string       // of a server: application protocols, the best first; nil if the script gave no list
}

// What a context takes, with the world's authority: fuel, and bytes of memory.
const (
	contextUnits = 5000
	contextBytes = 8 << 10
)

// Held implements lua51.Holder.
func (ctx *context) Held(see func(lua.LValue), weigh func(int64)) {
	weigh(contextBytes)
	if ctx.choose != nil {
		see(ctx.choose)
	}
}

type contextArgs struct {
	Config lua.LValue `name:"config" doc:"mode=\"client\" or \"server\"; protocol=\"any\", \"tlsv1_2\", \"tlsv1_3\"…; key= and certificate=, names of PEM files; cafile= or capath=; verify=\"none\", \"peer\", \"fail_if_no_peer_cert\" or a list; options=, ciphers=, curve=, curveslist=, alpn=" default:"nil" type:"table"`
}

func newContext(c *bind.Call, a contextArgs) bind.Out {
	cfg, ok := a.Config.(*lua.LTable)
	if !ok {
		c.L.RaiseError("attempt to index local 'cfg' (a %s value)", c.Describe(a.Config))
	}
	c.Charge(contextUnits)
	ctx, err := build(c, cfg)
	if err != nil {
		return c.Return(nil, err.Error())
	}
	return c.Return(ctx)
}

// build makes a context of a table; the error is LuaSec's.
func build(c *bind.Call, cfg *lua.LTable) (*context, error) {
	protocol := textField(c, cfg, "protocol", "bad argument #1 to 'create' (string expected, got %s)")
	versions, ok := protocols()[protocol]
	if !ok {
		return nil, fmt.Errorf("invalid protocol (%s)", protocol)
	}
	ctx := &context{config: pki.Repeatable(&tls.Config{MinVersion: versions[0], MaxVersion: versions[1]})}
	mode := textField(c, cfg, "mode", "bad argument #2 to 'setmode' (string expected, got %s)")
	switch mode {
	case "client":
	case "server":
		ctx.server = true
	default:
		c.L.RaiseError("bad argument #1 to 'setmode' (invalid mode)")
	}
	f := files{process.Of(c)}
	for _, step := range []func() error{
		func() error { return ctx.loadKeys(c, f, cfg) },
		func() error { return ctx.loadRoots(c, f, cfg) },
		func() error { return ctx.setCiphers(c, cfg) },
		func() error { return ctx.setVerify(c, cfg) },
		func() error { return ctx.setOptions(c, cfg) },
		func() error { return ctx.setCurves(c, cfg) },
		func() error { return ctx.setALPN(cfg) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return ctx, nil
}

// protocols are the versions that a protocol's name allows.
func protocols() map[string][2]uint16 {
	return map[string][2]uint16{
		"any": {tls.VersionTLS10, tls.VersionTLS13}, "sslv23": {tls.VersionTLS10, tls.VersionTLS13},
		"tlsv1": {tls.VersionTLS10, tls.VersionTLS10}, "tlsv1_1": {tls.VersionTLS11, tls.VersionTLS11},
		"tlsv1_2": {tls.VersionTLS12, tls.VersionTLS12}, "tlsv1_3": {tls.VersionTLS13, tls.VersionTLS13},
	}
}

// textField reads a field that has to be a text.
func textField(c *bind.Call, cfg *lua.LTable, name, format string) string {
	v := cfg.RawGetString(name)
	if s, ok := v.(lua.LString); ok {
		return string(s)
	}
	c.L.RaiseError(format, c.Describe(v))
	return ""
}

// list reads a field that is nothing, a text or a list of texts.
func list(cfg *lua.LTable, name string) []string {
	switch v := cfg.RawGetString(name).(type) {
	case lua.LString:
		return []string{string(v)}
	case *lua.LTable:
		var all []string
		for i := 1; i <= v.Len(); i++ {
			all = append(all, lua.LVAsString(v.RawGetInt(i)))
		}
		return all
	}
	return nil
}

// files reads files of a process.
type files struct{ p *process.Process }

// A loadError is why a file could not be loaded, in the system's words.
type loadError string

func (e loadError) Error() string { return string(e) }

const errNoFile loadError = "No such file or directory"

func (f files) read(name string) ([]byte, error) {
	b, err := afero.ReadFile(f.p.FS(), f.p.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = errNoFile
	}
	return b, err
}

// loadKeys loads key and certificate. A server in a virtual world that names none has that of its host.
func (ctx *context) loadKeys(c *bind.Call, f files, cfg *lua.LTable) error {
	keyName, certName := cfg.RawGetString("key"), cfg.RawGetString("certificate")
	if keyName == lua.LNil && certName == lua.LNil {
		if ctx.server && f.p.World().Net != nil {
			a, err := f.p.World().Authority()
			if err != nil {
				return err
			}
			cert, err := a.Issue(f.p.Host().Name)
			ctx.config.Certificates = []tls.Certificate{cert}
			return err
		}
		return nil
	}
	var key, cert []byte
	var err error
	if keyName != lua.LNil {
		if key, err = f.read(lua.LVAsString(keyName)); err == nil && !hasBlock(key, "PRIVATE KEY") {
			err = errors.New("no start line")
		}
		if err != nil {
			return fmt.Errorf("error loading private key (%w)", err)
		}
	}
	if certName != lua.LNil {
		if cert, err = f.read(lua.LVAsString(certName)); err == nil && !hasBlock(cert, "CERTIFICATE") {
			err = errors.New("no start line")
		}
		if err != nil {
			return fmt.Errorf("error loading certificate (%w)", err)
		}
	}
	if key == nil || cert == nil {
		return nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return errors.New("private key does not match public key")
	}
	ctx.config.Certificates = []tls.Certificate{pair}
	return nil
}

func hasBlock(data []byte, suffix string) bool {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return false
		}
		if strings.HasSuffix(block.Type, suffix) {
			return true
		}
	}
}

// loadRoots loads the authorities to trust. In a virtual world that is the world's own if none is named.
func (ctx *context) loadRoots(c *bind.Call, f files, cfg *lua.LTable) error {
	file, folder := cfg.RawGetString("cafile"), cfg.RawGetString("capath")
	ctx.roots = x509.NewCertPool()
	if file == lua.LNil && folder == lua.LNil {
		if f.p.World().Net != nil {
			a, err := f.p.World().Authority()
			if err != nil {
				return err
			}
			ctx.roots = a.Roots()
		}
		return nil
	}
	if file != lua.LNil {
		text, err := f.read(lua.LVAsString(file))
		if err != nil || !ctx.roots.AppendCertsFromPEM(text) {
			return errors.New("error loading CA locations (system lib)")
		}
	}
	if folder == lua.LNil {
		return nil
	}
	entries, err := afero.ReadDir(f.p.FS(), f.p.Path(lua.LVAsString(folder)))
	if err != nil {
		return nil // LuaSec looks there only when it needs a certificate
	}
	for _, e := range entries {
		if text, err := f.read(path.Join(lua.LVAsString(folder), e.Name())); err == nil {
			ctx.roots.AppendCertsFromPEM(text)
		}
	}
	return nil
}

// setVerify reads what is wanted of the peer's certificate.
func (ctx *context) setVerify(_ *bind.Call, cfg *lua.LTable) error {
	for _, word := range list(cfg, "verify") {
		switch word {
		case "none":
		case "peer":
			ctx.verify = true
		case "fail_if_no_peer_cert":
			ctx.must = true
		case "client_once":
		default:
			return fmt.Errorf("invalid verify option (%s)", word)
		}
	}
	switch {
	case ctx.verify && ctx.must:
		ctx.config.ClientAuth = tls.RequireAnyClientCert
	case ctx.verify:
		ctx.config.ClientAuth = tls.RequestClientCert
	}
	// What is wrong with a certificate is told by getpeerverification; see conn.check.
	ctx.config.InsecureSkipVerify = true
	return nil
}

// setOptions heeds the options that leave out versions, and accepts the others that LuaSec has and crypto/tls has no need of.
func (ctx *context) setOptions(_ *bind.Call, cfg *lua.LTable) error {
	without := map[string]uint16{"no_tlsv1": tls.VersionTLS10, "no_tlsv1_1": tls.VersionTLS11, "no_tlsv1_2": tls.VersionTLS12, "no_tlsv1_3": tls.VersionTLS13}
	for _, word := range list(cfg, "options") {
		version, known := without[word]
		switch {
		case known && ctx.config.MinVersion == version:
			ctx.config.MinVersion++
		case known && ctx.config.MaxVersion == version:
			ctx.config.MaxVersion--
		case !known && !slices.Contains(optionNames(), word):
			return fmt.Errorf("invalid option (%s)", word)
		}
	}
	return nil
}
