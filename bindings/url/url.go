// Package url is Lua module socket.url: URLs taken apart and put together as LuaSocket 3 does (RFC 3986, RFC 2396). It is not
// net/url because scripts see LuaSocket's liberties: nothing but a missing text is invalid, parts are kept as written, and
// an authority ends at nothing but a slash.
package url

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

// Module is module socket.url.
var Module = bind.New("socket.url", `URLs taken apart and put together.

The parts of "scheme://authority/path;params?query#fragment" are texts in a table, as far as the URL has them; an authority "userinfo@host:port"
is also given as userinfo, user, password, host and port.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module), bind.Script(`local url, socket = ... socket.url = url`),
		bind.Const("_VERSION", "The version of LuaSocket's module whose behaviour this is.", "URL 1.0.3"),
		bind.Var("parse", "Take a URL apart.", parseURL).
			Returns("parts table|nil", "the parts", "err string|nil", "\"invalid url\" if there is no text").
			Example(`local url = require "socket.url"
local parts = url.parse("http://ana@www.lab:8080/notes/ch2;v=1?q=dns#top")
print(parts.host, parts.port, parts.path, parts.query) --> www.lab	8080	/notes/ch2	q=dns`),
		bind.Var("build", "Put a URL together. What host, port, user and password say stands before authority and userinfo.", build).
			Returns("url string", "the URL").
			Example(`print(require("socket.url").build{scheme = "http", host = "::1", port = 80, path = "/"}) --> http://[::1]:80/`),
		bind.Var("absolute", "Work out what a relative URL means at another.", absolute).
			Returns("url string", "the absolute URL").
			Example(`print(require("socket.url").absolute("http://www.lab/a/b", "../c?x")) --> http://www.lab/c?x`),
		bind.Var("escape", "Write all bytes but letters, digits and _ as %xx.", escapeText).
			Returns("escaped string", "the text").
			Example(`print(require("socket.url").escape("a/b c")) --> a%2fb%20c`),
		bind.Var("unescape", "Read %xx as bytes.", unescapeText).
			Returns("text string", "the text"),
		bind.Var("parse_path", "Take a path apart.", parsePath).
			Returns("segments table", "a list of the segments, unescaped; is_absolute and is_directory are 1 if the path begins or ends with /"),
		bind.Var("build_path", "Put a path together.", buildPath).
			Returns("path string", "the path"),
	}
})

type parseArgs struct {
	URL      lua.LValue `name:"url" doc:"the URL" default:"nil" type:"string"`
	Defaults lua.LValue `doc:"parts to give where the URL has none" default:"nil" type:"table"`
}

func parseURL(c *bind.Call, a parseArgs) bind.Out {
	out := c.L.NewTable()
	defaults := tableOf(c, a.Defaults, "bad argument #1 to 'pairs' (table expected, got %s)")
	if defaults != nil {
		for name, part := range bind.Pairs(defaults) {
			out.RawSet(name, part)
		}
	}
	if !lua.LVAsBool(a.URL) || a.URL == lua.LString("") {
		return c.Return(nil, "invalid url")
	}
	add := func(found parts) {
		for _, name := range names() {
			if part, ok := found[name]; ok {
				out.RawSetString(name, lua.LString(part))
			}
		}
	}
	add(split(text(c, a.URL)))
	if whole := out.RawGetString(authority); lua.LVAsBool(whole) {
		var info *string
		if v := out.RawGetString(userInfo); lua.LVAsBool(v) {
			known := text(c, v)
			info = &known
		}
		add(splitAuthority(text(c, whole), info))
	}
	return c.Return(out)
}

// names returns the names of all parts in a fixed order.
func names() []string {
	return []string{scheme, authority, userInfo, user, password, host, port, path, params, query, fragment}
}

type partsArgs struct {
	Parts lua.LValue `doc:"the parts, as parse gives them" default:"nil" type:"table"`
}

func build(c *bind.Call, a partsArgs) bind.Out { return c.Return(partsOf(c, a.Parts).join()) }

// partsOf reads the parts in a table.
func partsOf(c *bind.Call, v lua.LValue) parts {
	table := tableOf(c, v, "attempt to index local 'parsed' (a %s value)")
	if table == nil {
		c.L.RaiseError("attempt to index local 'parsed' (a %s value)", c.Describe(v))
	}
	p := parts{}
	for _, name := range names() {
		lua51.MakeRoom(c.L)
		if part := c.L.GetField(table, name); lua.LVAsBool(part) {
			p[name] = partText(c, name, part)
		}
	}
	return p
}

// partText returns a part as text, and raises for what LuaSocket could not join to the rest.
func partText(c *bind.Call, name string, part lua.LValue) string {
	switch part.Type() {
	case lua.LTString, lua.LTNumber:
		return text(c, part)
	case lua.LTBool:
		if name == port {
			return "true"
		}
	}
	if name == host {
		c.L.RaiseError("bad argument #1 to 'find' (string expected, got %s)", c.Describe(part))
	}
	c.L.RaiseError("attempt to concatenate field '%s' (a %s value)", name, c.Describe(part))
	return ""
}

type absoluteArgs struct {
	Base lua.LValue `doc:"the URL at which the other stands, or its parts" default:"nil" type:"string|table"`
	URL  lua.LValue `name:"url" doc:"the relative URL" default:"nil" type:"string"`
}

func absolute(c *bind.Call, a absoluteArgs) bind.Out {
	blank := func(v lua.LValue) bool { return !lua.LVAsBool(v) || v == lua.LString("") }
	var base parts
	var whole string // the URL of base
	if table, ok := a.Base.(*lua.LTable); ok {
		base = partsOf(c, table)
		whole = base.join()
	} else if !blank(a.Base) {
		whole = text(c, a.Base)
		base = parse(whole)
	}
	if blank(a.URL) && base != nil {
		return c.Return(withoutDots(whole))
	}
	given := text(c, a.URL)
	rel := parse(given)
	if _, complete := rel[scheme]; complete || base == nil {
		return c.Return(withoutDots(given))
	}
	return c.Return(withoutDots(resolve(base, rel)))
}

type escapeArgs struct {
	Text lua.LValue `doc:"the text" default:"nil" type:"string"`
}

func escapeText(c *bind.Call, a escapeArgs) bind.Out   { return c.Return(escapeAll(text(c, a.Text))) }
func unescapeText(c *bind.Call, a escapeArgs) bind.Out { return c.Return(unescape(text(c, a.Text))) }

// text returns a string or number as text, and raises for what LuaSocket could not search.
func text(c *bind.Call, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		c.Charge(len(v) / 4)
		return string(v)
	case lua.LNumber:
		return lua51.FormatNumber(v)
	}
	c.L.RaiseError("bad argument #1 to 'gsub' (string expected, got %s)", c.Describe(v))
	return ""
}

// tableOf returns a table, or nil for nil, and raises for anything else.
func tableOf(c *bind.Call, v lua.LValue, format string) *lua.LTable {
	if !lua.LVAsBool(v) {
		return nil
	}
	table, ok := v.(*lua.LTable)
	if !ok {
		c.L.RaiseError(format, c.Describe(v))
	}
	return table
}
