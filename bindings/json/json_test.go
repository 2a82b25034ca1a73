package json

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/bind/bindtest"
	lua "github.com/yuin/gopher-lua"
)

func modules() []*bind.Module { return []*bind.Module{Module} }

func TestExamples(t *testing.T) { bindtest.Examples(t, modules(), bindtest.Run(modules())) }
func TestMisuse(t *testing.T)   { bindtest.Misuse(t, bindtest.Config{Modules: modules()}) }

func TestEncode(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`nil`, `null`},
		{`true`, `true`},
		{`12`, `12`},
		{`-0.5`, `-0.5`},
		{`2^53`, `9.007199254740992e+15`},
		{`2^53 - 1`, `9007199254740991`},
		{`1e300`, `1e+300`},
		{`"a\"\\\n\t\0\127é"`, `"a\"\\\n\t\u0000\u007fé"`},
		{`{}`, `{}`},
		{`json.array({})`, `[]`},
		{`json.object({})`, `{}`},
		{`{1, {2}, {x = 3}}`, `[1,[2],{"x":3}]`},
		{`{b = 1, a = 2, c = {}}`, `{"a":2,"b":1,"c":{}}`},
		{`{b = 1, a = 2}, {sorted = false}`, `{"b":1,"a":2}`},
		{`{json.null, 2}`, `[null,2]`},
		{`json.object({"a", [7] = "b"})`, `{"1":"a","7":"b"}`},
		{`{a = {1, {}}, b = json.array({})}, {indent = 1}`, "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": []\n}"},
		{`{1, nil, 3}`, "nil\tjson: an array of 2 has no element 2; fill holes with json.null, or mark the table with json.object\tvalue"},
		{`{a = {1, x = 2}}`, "nil\tjson: .a: a table has both text and number keys\tvalue"},
		{`{a = {{}, {0/0}}}`, "nil\tjson: .a[2][1]: JSON has no number for nan and infinity\tvalue"},
		{`{print}`, "nil\tjson: [1]: a function has no counterpart in JSON\tvalue"},
		{`{[true] = 1}`, "nil\tjson: a key is a boolean, not text\tvalue"},
		{`json.array({x = 1})`, "nil\tjson: a table marked as an array has a text key\tvalue"},
		{`"\255"`, "nil\tjson: text is not UTF-8; encode bytes first, for example with mime.b64\tvalue"},
		{`{["\255"] = 1}`, "nil\tjson: a key is not UTF-8\tvalue"},
		{`(function() local t = {} t.t = t return t end)()`, "nil\tjson: .t: the table contains itself\tvalue"},
		{`(function() local t = {} for i = 1, 200 do t = {t} end return t end)()`, "nil\tjson: [1][1]*: nested more than 128 deep\tdepth"},
		{`(function() local t = {("x"):rep(5000)} for i = 1, 100 do t = {t, t} end return t end)()`, "nil\tjson: *: the text is longer than 16777216 bytes\tsize"},
	} {
		got, err := bindtest.Run(modules())(t, "print(json.encode("+c.script+"))")
		got = strings.TrimSuffix(got, "\n")
		before, after, wild := strings.Cut(c.want, "*")
		if err != nil || got != c.want && !(wild && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)) {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.script, got, err, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{` "a\u00e9\n" `, "aé\n"},
		{`[1, 2.5, -3e2]`, `[1,2.5,-300]`},
		{`[]`, `[]`},
		{`{}`, `{}`},
		{`{"b": [], "a": {"x": null}}`, `{"a":{"x":null},"b":[]}`},
		{`{"a": 1, "a": 2}`, `{"a":2}`},
		{`[123456789012345678]`, `[1.2345678901234568e+17]`},
		{`null`, `json.Null: null`},
		{``, "json: 1:1: the text ends early\tsyntax"},
		{`[1,`, "json: 1:4: the text ends early\tsyntax"},
		{`"abc`, "json: 1:5: the text ends early\tsyntax"},
		{`[1,]`, "json: 1:4: unexpected character ']'\tsyntax"},
		{`{"a" 1}`, "json: 1:6: unexpected character '1'\tsyntax"},
		{`{"a": 1,}`, "json: 1:9: unexpected character '}'\tsyntax"},
		{`{a: 1}`, "json: 1:2: unexpected character 'a'\tsyntax"},
		{"[1,\n  2 x]", "json: 2:5: unexpected character 'x'\tsyntax"},
		{"{\"a\":\n \"x\ty\"}", "json: 2:4: unexpected character '\\t'\tsyntax"},
		{`[nul]`, "json: 1:5: unexpected character ']'\tsyntax"},
		{`[01]`, "json: 1:3: unexpected character '1'\tsyntax"},
		{`1 2`, "json: 1:3: unexpected text after the value\tsyntax"},
		{`1e999`, "json: 1:1: the number is too large for Lua\tsyntax"},
		{"[\"a\xff\"]", "json: 1:4: the text is not UTF-8\tsyntax"},
		{strings.Repeat("[", 500), "json: 1:129: nested more than 128 deep\tdepth"},
	} {
		got, err := bindtest.Run(modules())(t, `
			local v, message, code = json.decode(`+luaQuote(c.text)+`)
			if type(v) == "table" then v = json.encode(v) end
			if message then print(message, code) else print(v) end`)
		if err != nil || strings.TrimSuffix(got, "\n") != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.text, got, err, c.want)
		}
	}
}

// luaQuote writes text as a Lua string literal.
func luaQuote(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteString(`\` + string("0123456789"[text[i]/100]) + string("0123456789"[text[i]/10%10]) + string("0123456789"[text[i]%10]))
	}
	return `"` + out.String() + `"`
}

func TestMetatablesStay(t *testing.T) {
	got, err := bindtest.Run(modules())(t, `
		local t = setmetatable({}, {__index = {}})
		print(pcall(json.array, t))
		local a = json.array({})
		print(json.encode(json.object(a)), json.null == json.null, json.null == json.decode("[null]")[1])`)
	want := "false\tjson.array: argument 1 (t): want a table without a metatable, got one with\n{}\ttrue\ttrue\n"
	if _, after, ok := strings.Cut(got, "false\t"); ok {
		_, message, _ := strings.Cut(after, "json.array")
		got = "false\tjson.array" + message
	}
	if err != nil || got != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

// FuzzRoundTrip compares with encoding/json: the same texts are valid, and what is decoded encodes to a
// text that means the same.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":null}],"c":"x\ud800y"}`, `[]`, `[1,]`, `"\u0000"`, `1e5`, ` {} x`, `[[],{}]`} {
		f.Add(s)
	}
	L := lua.NewState()
	f.Cleanup(L.Close)
	m := Module.Open(L)
	call := func(name string, args ...lua.LValue) (lua.LValue, lua.LValue, error) {
		err := L.CallByParam(lua.P{Fn: m.RawGetString(name), NRet: 3, Protect: true}, args...)
		if err != nil {
			return nil, nil, err
		}
		defer L.Pop(3)
		return L.Get(-3), L.Get(-1), nil
	}
	f.Fuzz(func(t *testing.T, s string) {
		value, code, err := call("decode", lua.LString(s))
		if err != nil {
			t.Fatal(err)
		}
		decoded := code == lua.LNil
		switch {
		case decoded && !json.Valid([]byte(s)):
			t.Fatalf("%q is accepted and is not JSON", s)
		case !decoded && code.String() == "syntax" && json.Valid([]byte(s)) && strings.ToValidUTF8(s, "") == s &&
			!strings.ContainsAny(s, "eE0123456789"):
			t.Fatalf("%q is refused and is JSON", s)
		case !decoded:
			return
		}
		text, code, err := call("encode", value)
		if err != nil || code != lua.LNil {
			t.Fatalf("%q decodes to what does not encode: %v %v", s, code, err)
		}
		var want, got any
		if json.Unmarshal([]byte(s), &want) != nil || json.Unmarshal([]byte(text.String()), &got) != nil {
			t.Fatalf("%q encodes to %q, which is not JSON", s, text)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatalf("%q encodes to %q", s, text)
		}
	})
}
