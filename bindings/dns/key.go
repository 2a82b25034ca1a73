package dns

import (
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

// Key is a TSIG key of Lua.
type Key struct{ *dns.Key }

func keyClass() bind.Member {
	return bind.Class("Key", "A secret that two sides share to sign messages with (TSIG, RFC 8945).",
		bind.Method("name", "The key's name.", func(k *Key, _ *bind.Call, _ bind.None) (string, error) { return k.Name, nil }),
		bind.Method("secret", "The secret in base 64, for the other side.", func(k *Key, _ *bind.Call, _ bind.None) (string, error) {
			return base64.StdEncoding.EncodeToString(k.Secret), nil
		}),
	).Text(func(k *Key) string { return k.Name })
}

func keyFn() bind.Member {
	return bind.Fn("key", "Make a key to sign updates, transfers and questions with.", newKey).
		Returns("key", "the key").Errors("unsupported", "invalid", "denied").
		Example(`local dns = require "dns"
local key = dns.key("up.lab", "c2VjcmV0")
local zone = dns.zone({"@ NS ns", "ns A 10.0.0.1"}, {origin = "lab"})
dns.serve({zones = {zone}, keys = {key}, update = key})
print(dns.update("lab", {server = "127.0.0.1", add = "www A 10.0.0.2"})) --> nil	dns: update lab.: REFUSED	denied
print(dns.update("lab", {server = "127.0.0.1", add = "www A 10.0.0.2", absent = {"www"}, key = key})) --> true
print(dns.update("lab", {server = "127.0.0.1", add = "www A 10.0.0.3", absent = {"www"}, key = key})) --> nil	dns: update lab.: YXDOMAIN	exists
print(zone:serial(), #zone:lookup("www.lab").answer) --> 2	1`)
}

type keyArgs struct {
	Name    string  `doc:"a domain name, the same on both sides"`
	Secret  *string `doc:"in base 64; without it 32 bytes are drawn"`
	Options struct {
		Algorithm string `doc:"how to sign" enum:"hmac-sha256,hmac-sha1,hmac-sha224,hmac-sha384,hmac-sha512" default:"hmac-sha256"`
	} `doc:"which kind"`
}

func newKey(c *bind.Call, a keyArgs) (*Key, error) {
	if a.Secret == nil {
		var b []byte
		for range 4 {
			b = binary.LittleEndian.AppendUint64(b, process.Of(c).Stack().Rand().Uint64())
		}
		drawn := base64.StdEncoding.EncodeToString(b)
		a.Secret = &drawn
	}
	k, err := dns.NewKey(a.Name, a.Options.Algorithm, *a.Secret)
	if err != nil {
		return nil, err
	}
	return &Key{k}, nil
}

// unwrap returns the engine's key, or nil.
func (k *Key) unwrap() *dns.Key {
	if k == nil {
		return nil
	}
	return k.Key
}

// access reads who may do something.
func access(c *bind.Call, param string, v lua.LValue) dns.Access {
	var out dns.Access
	if v == nil || v == lua.LNil {
		return out
	}
	list := []lua.LValue{v}
	if t, ok := v.(*lua.LTable); ok {
		list = list[:0]
		c.Charge(t.Len())
		for i := 1; i <= t.Len(); i++ {
			list = append(list, t.RawGetInt(i))
		}
	}
	for _, v := range list {
		if k, ok := bind.As[Key](v); ok {
			out.Keys = append(out.Keys, k.Name)
			continue
		}
		text, ok := v.(lua.LString)
		if text == "any" {
			any := dns.Anybody()
			out.Prefixes = append(out.Prefixes, any.Prefixes...)
			continue
		}
		prefix, err := netip.ParsePrefix(string(text))
		if !strings.Contains(string(text), "/") {
			var addr netip.Addr
			addr, err = netip.ParseAddr(string(text))
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if !ok || err != nil {
			c.Misuse(param, "want \"any\", an address, a prefix, a key, or a list of these, got %s", show(c, v))
		}
		out.Prefixes = append(out.Prefixes, prefix.Masked())
	}
	return out
}

// show names a value in a message, a text by what it says.
func show(c *bind.Call, v lua.LValue) string {
	if s, ok := v.(lua.LString); ok {
		return "\"" + string(s) + "\""
	}
	return c.Describe(v)
}
