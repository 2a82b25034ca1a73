package lua51

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// runSource runs a chunk with a fuel limit and returns its results, what it spent and its error.
func runSource(t testing.TB, fuel int64, source string) (results []lua.LValue, used int64, err error) {
	t.Helper()
	meter := NewMeter(fuel)
	L := NewState(Options{Meter: meter, Stdout: new(bytes.Buffer)})
	defer L.Close()
	fn, err := Load(L, source, "=test")
	if err != nil {
		t.Fatal(err)
	}
	results, err = Call(L, fn)
	return results, meter.Used(), err
}

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		n    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1, "-1"}, {0.1, "0.1"}, {1.0 / 3, "0.33333333333333"},
		{99999999999999, "99999999999999"}, {1e14, "1e+14"}, {-1e14, "-1e+14"}, {1e15, "1e+15"}, {1e100, "1e+100"},
		{123456789012345, "1.2345678901234e+14"}, {1e-4, "0.0001"}, {1e-5, "1e-05"}, {5e-324, "4.9406564584125e-324"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "-nan"}, {-math.NaN(), "nan"},
		{1 << 53, "9.007199254741e+15"}, {0.1 + 0.2, "0.3"}, {100, "100"}, {1e5, "100000"}, {-2.5, "-2.5"},
	} {
		if got := FormatNumber(lua.LNumber(c.n)); got != c.want {
			t.Errorf("FormatNumber(%g) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "10": 10, " 10\t\n": 10, "-5": -5, "+5": 5, "1e5": 1e5, "1e+2": 100, "1E-2": 0.01, ".5": 0.5, "3.": 3,
		"0x10": 16, "0XfF": 255, "-0x10": -16, "0x.8": 0.5, "0x8.": 8, "0x1p4": 16, "0x1.8p1": 3, "0x1p-2": 0.25,
		"1e400": math.Inf(1), "-1e400": math.Inf(-1), "1e-400": 0, "inf": math.Inf(1), "-Infinity": math.Inf(-1),
		"\v\f\r1": 1, "5\x00": 5, "5\x00junk": 5, "99999999999999999999999": 1e23, "0xffffffffffffffffffff": 0x1p80,
		"1234567890123456": 1234567890123456, "00012": 12,
	} {
		if got, ok := ParseNumber(text); !ok || float64(got) != want {
			t.Errorf("ParseNumber(%q) = %g, %t, want %g", text, float64(got), ok, want)
		}
	}
	for _, text := range []string{
		"", " ", ".", "e5", "1e", "1e+", "0x", "0x.", "0xg", "0x.p1", "0x1p", "1 2", "1_000", "0x_1", "0b1", "0o7", "- 5", "--5", "+-5",
		"10a", "a10", "1.5.2", "1,5", "infinit", "nan(-)", "\x005", "1d5", "1e0x1", "0x 1", "−5",
	} {
		if got, ok := ParseNumber(text); ok {
			t.Errorf("ParseNumber(%q) = %g, want none", text, float64(got))
		}
	}
	if got, ok := ParseNumber("nan"); !ok || FormatNumber(got) != "nan" {
		t.Errorf("nan = %s, %t", FormatNumber(got), ok)
	}
	if got, ok := ParseNumber("-nan(x_1)"); !ok || FormatNumber(got) != "-nan" {
		t.Errorf("-nan = %s, %t", FormatNumber(got), ok)
	}
}

// Each line is run by itself; the message is what pcall returns.
func TestErrorTexts(t *testing.T) {
	for code, want := range map[string]string{
		`string.rep()`:                                                   "test:1: bad argument #1 to 'rep' (string expected, got no value)",
		`string.rep(nil, 1)`:                                             "test:1: bad argument #1 to 'rep' (string expected, got nil)",
		`string.rep("x", {})`:                                            "test:1: bad argument #2 to 'rep' (number expected, got table)",
		`("x"):rep({})`:                                                  "test:1: bad argument #1 to 'rep' (number expected, got table)",
		`local t = {rep = string.rep}; t:rep(1)`:                         "test:1: calling 'rep' on bad self (string expected, got table)",
		`local r = string.rep; r()`:                                      "test:1: bad argument #1 to 'r' (string expected, got no value)",
		`return string.rep()`:                                            "test:1: bad argument #1 to 'rep' (string expected, got no value)",
		`local l = {string.rep}; l[1]()`:                                 "test:1: bad argument #1 to '?' (string expected, got no value)",
		`string.rep("x", 1e10)`:                                          "test:1: resulting string too large",
		`("x"):rep(2^23 + 1)`:                                            "test:1: resulting string too large",
		`table.concat({("x"):rep(2^22), ("x"):rep(2^22), "x"})`:          "test:1: resulting string too large",
		`string.gsub(("x"):rep(2^20), "x", "123456789")`:                 "test:1: resulting string too large",
		`string.format(("%99d"):rep(90000), unpack({1}, 1, 1))`:          "test:1: bad argument #3 to 'format' (no value)",
		`string.format("%s%s", ("x"):rep(2^22), ("x"):rep(2^22 + 1))`:    "test:1: resulting string too large",
		`string.format("%q", ("\0"):rep(2^22))`:                          "test:1: resulting string too large",
		`string.format("%y", 1)`:                                         "test:1: invalid option '%y' to 'format'",
		"string.format('%\\200', 1)":                                     "test:1: invalid option '%\xc8' to 'format'",
		`string.format("%", 1)`:                                          "test:1: invalid option '%' to 'format'",
		`string.format("%123d", 1)`:                                      "test:1: invalid format (width or precision too long)",
		`string.format("%-+ #00d", 1)`:                                   "test:1: invalid format (repeated flags)",
		`string.format("%d", "x")`:                                       "test:1: bad argument #2 to 'format' (number expected, got string)",
		`string.format("%d")`:                                            "test:1: bad argument #2 to 'format' (no value)",
		`string.find("a", "[a")`:                                         "test:1: malformed pattern (missing ']')",
		`string.find("a", "%")`:                                          "test:1: malformed pattern (ends with '%')",
		`string.find("a", "(()")`:                                        "test:1: unfinished capture",
		`string.match("a", "a)")`:                                        "test:1: invalid pattern capture",
		`string.find("a", "%1")`:                                         "test:1: invalid capture index",
		`string.find("a", "%b")`:                                         "test:1: unbalanced pattern",
		`string.find("a", "%f")`:                                         "test:1: missing '[' after '%f' in pattern",
		`string.find("a", ("()"):rep(33))`:                               "test:1: too many captures",
		`string.find(("a"):rep(300), ("a?"):rep(300) .. ("a"):rep(300))`: "test:1: pattern too complex",
		`string.gsub("abc", "b", "%2")`:                                  "test:1: invalid capture index",
		`string.gsub("abc", "b", {b = true})`:                            "test:1: invalid replacement value (a boolean)",
		`string.gsub("a", "a")`:                                          "test:1: bad argument #3 to 'gsub' (string/function/table expected)",
		`string.char(256)`:                                               "test:1: bad argument #1 to 'char' (invalid value)",
		`string.byte(("x"):rep(9000), 1, -1)`:                            "test:1: stack overflow (string slice too long)",
		`string.dump(print)`:                                             "test:1: unable to dump given function",
		`table.insert({}, 1, 2, 3)`:                                      "test:1: wrong number of arguments to 'insert'",
		`table.insert({}, 2^26, 1)`:                                      "test:1: bad argument #2 to 'insert' (position too far behind the end)",
		`table.concat({1, nil, 3}, "", 1, 3)`:                            "test:1: invalid value (nil) at index 2 in table for 'concat'",
		`table.setn({}, 1)`:                                              "test:1: 'setn' is obsolete",
		`table.sort({1, "x"})`:                                           "attempt to compare string with number",
		`table.sort({{}, {}})`:                                           "attempt to compare two table values",
		`table.sort({1, 2, 3, 4, 5}, function() return true end)`:        "test:1: invalid order function for sorting",
		`for _ in next, nil do end`:                                      "test:1: bad argument #1 to '(for generator)' (table expected, got nil)",
		`math.random(0)`:                                                 "test:1: bad argument #1 to 'random' (interval is empty)",
		`math.random(2, 1)`:                                              "test:1: bad argument #2 to 'random' (interval is empty)",
		`math.floor("x")`:                                                "test:1: bad argument #1 to 'floor' (number expected, got string)",
		`math.max()`:                                                     "test:1: bad argument #1 to 'max' (number expected, got no value)",
	} {
		if _, _, err := runSource(t, 50_000_000, code); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", code, err, want)
		}
	}
}

// Programs that hang or exhaust memory on the VM's own libraries. Each must end by itself, by a catchable
// error or by its fuel, within seconds.
func TestHazards(t *testing.T) {
	for name, source := range map[string]string{
		"lazy backtracking":      `return (("a"):rep(20000)):find(".-.-.-b")`,
		"twelve lazy captures":   `return (("a"):rep(200)):find((".-"):rep(12) .. "b")`,
		"many optional items":    `return (("a"):rep(100)):find(("a?"):rep(90) .. ("a"):rep(100) .. "b")`,
		"nested stars":           `return (("a"):rep(30)):find(("a*"):rep(30) .. "b")`,
		"back references":        `return (("a"):rep(3000)):find("(.+)(.+)%1%2b")`,
		"balance again":          `return (("("):rep(200000)):gsub("%b()", "")`,
		"large set":              `return (("a"):rep(100000)):find("[" .. ("b"):rep(100000) .. "]")`,
		"open parentheses":       `return pcall(string.find, "", ("("):rep(2500000))`,
		"percent replacement":    `return (("a"):gsub("a", ("%%"):rep(3400000)))`,
		"linear gsub":            `return #(("x"):rep(200000)):gsub(".", "b")`,
		"huge rep":               `return pcall(string.rep, "x", 1e10)`,
		"doubling gsub":          `local s = "x" for i = 1, 40 do s = s:gsub(".", "%0%0") end`,
		"wide formats":           `return pcall(string.format, ("%99s"):rep(100000), unpack({}, 1, 200))`,
		"insert at the front":    `local t = {} for i = 1, 1e7 do table.insert(t, 1, i) end`,
		"remove at the front":    `local t = {} for i = 1, 200000 do t[i] = i end while #t > 0 do table.remove(t, 1) end`,
		"insert far in front":    `table.insert({}, -2^40, 1)`,
		"insert far behind":      `return pcall(table.insert, {}, 2^30, 1)`,
		"concat of one string":   `local t, s = {}, ("x"):rep(1e6) for i = 1, 1e5 do t[i] = s end return pcall(table.concat, t)`,
		"sort many":              `local t = {} for i = 1, 1e5 do t[i] = -i end for i = 1, 1e4 do table.sort(t) end`,
		"sort of long strings":   `local t, s = {}, ("x"):rep(1e6) for i = 1, 100 do t[i] = s .. i end for i = 1, 1e6 do table.sort(t) end`,
		"shrinking comparator":   `local t = {5, 4, 3, 2, 1, 6} table.sort(t, function(a, b) table.remove(t) return (a or 0) < (b or 0) end)`,
		"upper of a long string": `local s = ("x"):rep(8e6) while true do s:upper() end`,
		"find in a long string":  `local s = ("x"):rep(8e6) while true do s:find("y", 1, true) end`,
		"byte of a long string":  `local s = ("x"):rep(7000) while true do s:byte(1, -1) end`,
		"maxn of a large table":  `local t = {} for i = 1, 1e5 do t["k" .. i] = i end while true do table.maxn(t) end`,
		"concat of a range":      `return pcall(table.concat, setmetatable({}, {}), "", -1e9, 1e9)`,
	} {
		t.Run(name, func(t *testing.T) {
			_, used, err := runSource(t, 4_000_000, source)
			var limit *LimitError
			if err != nil && !errors.As(err, &limit) && strings.Contains(err.Error(), "panic") {
				t.Errorf("unclean end: %v", err)
			}
			t.Logf("%d units, %v", used, err)
		})
	}
}

// No argument may give fuel back.
func TestFuelIsNeverMinted(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1 << 53, -1 << 53, 1 << 63, -1 << 63, 1e308, -1e308, 1 << 31, -1 << 31, -1, 1}
	for _, call := range []string{
		`string.rep("abc", X)`, `("abc"):sub(X, Y)`, `("abc"):byte(X, Y)`, `("abc"):find("b", X)`, `("abc"):match("b", X)`,
		`("abc"):gsub("b", "c", X)`, `("%d"):format(X)`, `("%5.3f"):format(X)`, `table.concat({1, 2}, "x", X, Y)`,
		`table.insert({1, 2}, X, 1)`, `table.remove({1, 2}, X)`, `math.random(X, Y)`, `math.ldexp(X, Y)`, `string.char(X, Y)`,
	} {
		for _, x := range odd {
			meter := NewMeter(2_000_000) // a state for each x: some spend all they have
			L := NewState(Options{Meter: meter})
			fn, err := Load(L, "local X, Y = ... return "+call, "=test")
			if err != nil {
				t.Fatal(err)
			}
			for _, y := range odd {
				before := meter.Used()
				_, err := Call(L, fn, lua.LNumber(x), lua.LNumber(y))
				if meter.Stopped() != nil {
					break
				}
				if used := meter.Used() - before; used < 3 {
					t.Errorf("%s with %g, %g: %d units used (%v)", call, x, y, used, err)
				}
			}
			L.Close()
		}
	}
}

// TestPieceKeepsLittleAlive checks that the parts of strings that are no copies keep at most five times the memory alive that counts for them.
func TestPieceKeepsLittleAlive(t *testing.T) {
	const header = 16 // counts for each string, and is there for each
	shared := 0
	for size := 1; size < 3000; size += 7 {
		s := strings.Repeat("x", size)
		for n := 1; n < size; n += 5 {
			p := string(piece(s, 1, 1+min(n, size-1)).(lua.LString))
			if unsafe.StringData(p) != unsafe.StringData(s[1:]) {
				continue
			}
			shared++
			if size+header > 5*(len(p)+header) || size > 1024 {
				t.Fatalf("a part of %d bytes keeps %d alive", len(p), size)
			}
		}
	}
	if shared == 0 {
		t.Error("every part is a copy")
	}
}
