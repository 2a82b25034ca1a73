package lua51

import (
	"errors"
	"fmt"
	"testing"
)

// TestLongOperandsAreCharged shows that no instruction and no function handles a long string, or an emptied array, for the price of a
// short one: each round of these loops costs 500 units at least.
func TestLongOperandsAreCharged(t *testing.T) {
	const fuel, most = 1_000_000, 2000
	for _, body := range []string{
		`local _ = s + 1`, `local _ = -s`, `local _ = s % 2`, `local _ = s < t`, `local _ = s <= t`, `local _ = s == t`,
		`T[s] = 1`, `local _ = T[s]`, `local _ = {[s] = 1}`, `rawset(T, s, 1)`, `rawget(T, s)`, `rawequal(s, t)`,
		`tonumber(s)`, `tonumber(s, 16)`, `math.max(s, 1)`, `math.floor(s)`, `pcall(math.random, s)`, `pcall(string.rep, "x", s)`,
		`pcall(string.char, s)`, `pcall(string.format, "%d", s)`, `pcall(select, s)`, `pcall(unpack, {}, s)`, `pcall(getfenv, s)`,
		`pcall(collectgarbage, s)`, `pcall(assert, false, s)`, `debug.traceback(s)`, `local _ = #holes`,
	} {
		L := NewState(Options{Meter: NewMeter(fuel)})
		_, err := runText(L, `local s, t, T = ("9"):rep(400000), ("9"):rep(399999) .. "8", {x = 1}
			local holes = {} for i = 1, 20000 do holes[i] = i end for i = 20000, 2, -1 do holes[i] = false end for i = 2, 20000 do holes[i] = nil end
			for i = 1, `+fmt.Sprint(most)+` do `+body+` end`)
		var limit *LimitError
		if !errors.As(err, &limit) {
			t.Errorf("%s: %d rounds for less than %d units (%v)", body, most, fuel, err)
		}
		L.Close()
	}
}
