package lua51

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// everyUse runs one subject and pattern through all functions that match, and checks that they agree.
const everyUse = `
local s, p, r = ...
local function try(f, ...)
  local ok, a, b, c = pcall(f, ...)
  if not ok then return false, tostring(a):gsub("^.-:%d+: ", "") end
  return true, a, b, c
end
local ok, from, to = try(string.find, s, p)
local plain = not p:find("[%^%$%*%+%?%.%(%[%%%-]")
if ok and from then
  assert(from >= 1 and to >= from - 1 and to <= #s, "bad positions")
  if not plain then
    local _, whole = try(string.match, s, p)
    assert(whole ~= nil, "find finds and match does not")
  end
  local again, at = try(string.find, s, p, from)
  assert(again and (at == from or p:sub(1, 1) ~= "^"), "find from its own result fails")
end
local same, text, n = try(string.gsub, s, p, "%0")
if same then assert(text == s and n >= 0 and n <= #s + 1, "gsub by %0 changes the subject") end
local count = 0
local all, message = pcall(function() for _ in s:gmatch(p) do count = count + 1 end end)
if same and all and p:sub(1, 1) ~= "^" then assert(count == n, "gmatch and gsub count differently") end
try(string.gsub, s, p, r)
try(string.gsub, s, p, function(...) return (select(select("#", ...), ...)) end)
try(string.gsub, s, p, { a = "b", [1] = "c" })
`

func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{"hello world", "o", "0"}, {"key = value", "(%w+)%s*=%s*(%w+)", "%2=%1"}, {"f(a(b)c)d", "%b()", "%0%0"},
		{"THE (quick) fox", "%f[%a]%a+", "<%0>"}, {"abab", "(ab)%1", "%1"}, {"aaa", "a-", "%"}, {"x", "()", "%1"},
		{"a\x00b", "%z", "zero"}, {"a]b", "[]]", "x"}, {"a-z", "[a%-]", "%%"}, {"^x$", "^%^x%$$", "%9"},
		{"aaaaaaaaaaaaaaaaaaaa", ".-.-.-.-b", ""}, {"aaaa", "a?a?a?a?aaaa", ""}, {"((((", "%b()", ""}, {"", "", ""},
		{"abc", "[", ""}, {"abc", "%", ""}, {"abc", "(", ""}, {"abc", ")", ""}, {"abc", "%f", ""}, {"abc", "%b", ""},
		{"abc", "[a-", ""}, {"abc", "[^]", ""}, {"abc", "[%", ""}, {"abc", "%1", ""}, {"abc", "(%1)", ""}, {"abc", "[a-%z]", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, src, pat, repl string) {
		L := NewState(Options{Meter: NewMeter(2_000_000)})
		defer L.Close()
		fn, err := Load(L, everyUse, "=fuzz")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Call(L, fn, lua.LString(src), lua.LString(pat), lua.LString(repl))
		if err != nil && !strings.Contains(err.Error(), "budget") {
			t.Errorf("%q %q %q: %v", src, pat, repl, err)
		}
	})
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"%d", "%5.3f", "%-+ #0g", "%99.99e", "%q", "%c", "%s", "%", "%%", "%123d", "%.d", "%x%X%o", "a\x00%5s"} {
		f.Add(seed, 3.7, "text\x00")
	}
	f.Fuzz(func(t *testing.T, format string, n float64, s string) {
		L := NewState(Options{Meter: NewMeter(2_000_000)})
		defer L.Close()
		fn, err := Load(L, `
local f, n, s = ...
for _, args in ipairs({ { n, n, n }, { s, s, s }, { n, s, n }, { s, n, s } }) do
  local ok, text = pcall(string.format, f, unpack(args))
  assert(type(text) == "string")
end
assert(tonumber(string.format("%.17g", n)) == n or n ~= n)
assert(loadstring("return " .. string.format("%q", s))() == s)
`, "=fuzz")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Call(L, fn, lua.LString(format), lua.LNumber(n), lua.LString(s)); err != nil {
			t.Errorf("%q %g %q: %v", format, n, s, err)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"10", "0x1p4", " 1e5 ", "nan(1)", "-inf", ".", "1e400", "0x.8p-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := ParseNumber(text)
		if !ok || n != n {
			return
		}
		again, ok := ParseNumber(FormatNumber(n))
		if !ok || FormatNumber(again) != FormatNumber(n) {
			t.Errorf("%q is %g, printed %s, read again %g, %t", text, float64(n), FormatNumber(n), float64(again), ok)
		}
	})
}
