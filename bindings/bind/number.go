package bind

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	lua "github.com/yuin/gopher-lua"
)

// exact is the largest magnitude up to which every whole number is a Lua number.
const exact = 1 << 53

// bounds are the min and max tags of a number, with the texts they were written as.
type bounds struct {
	min, max         float64
	minText, maxText string
}

func readBounds(tag reflect.StructTag, where string, parse func(string) (float64, error)) bounds {
	r := bounds{min: math.Inf(-1), max: math.Inf(1), minText: tag.Get("min"), maxText: tag.Get("max")}
	read := func(text string, into *float64) {
		if text == "" {
			return
		}
		v, err := parse(text)
		if err != nil {
			fail("%s: bound %q: %v", where, text, err)
		}
		*into = v
	}
	read(r.minText, &r.min)
	read(r.maxText, &r.max)
	return r
}

func (r bounds) hold(v float64) bool { return v >= r.min && v <= r.max }

// words describes noun limited by the bounds; plain is the wording without bounds.
func (r bounds) words(noun, plain string) string {
	switch {
	case r.minText != "" && r.maxText != "":
		return fmt.Sprintf("%s from %s to %s", noun, r.minText, r.maxText)
	case r.minText != "":
		return fmt.Sprintf("%s of at least %s", noun, r.minText)
	case r.maxText != "":
		return fmt.Sprintf("%s of at most %s", noun, r.maxText)
	}
	return plain
}

// toNumber returns lv as a number; numeric text counts only in the PUC style, as luaL_checknumber has it.
func (c *Call) toNumber(lv lua.LValue, puc bool) (float64, bool) {
	switch v := lv.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		if puc {
			n, ok := lua51.ToNumber(c.L, v)
			return float64(n), ok
		}
	}
	return 0, false
}

func (b *builder) intKind(t reflect.Type, tag reflect.StructTag, where string) *kind {
	r := readBounds(tag, where, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	unsigned := t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uintptr
	low, high := -float64(exact), float64(exact)
	switch bits := t.Bits(); {
	case unsigned && bits < 53:
		low, high = 0, float64(uint64(1)<<bits-1)
	case unsigned:
		low = 0
	case bits < 53:
		low, high = -float64(int64(1)<<(bits-1)), float64(int64(1)<<(bits-1)-1)
	}
	if r.minText == "" && (unsigned || high < exact) {
		r.minText = strconv.FormatFloat(low, 'f', 0, 64)
	}
	if r.maxText == "" && high < exact {
		r.maxText = strconv.FormatFloat(high, 'f', 0, 64)
	}
	k := &kind{lua: "integer", want: r.words("a whole number", "a whole number"), expected: "number",
		min: r.minText, max: r.maxText}
	store := func(v reflect.Value, n float64) {
		if unsigned {
			v.SetUint(uint64(n))
		} else {
			v.SetInt(int64(n))
		}
	}
	puc := b.module.puc
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		n, ok := c.toNumber(lv, puc)
		if !ok {
			return k.refuse(c, lv)
		}
		if puc {
			n = clampWhole(n, low, high)
		}
		if !k.fits(n) {
			return &fault{want: k.want, got: formatNumber(n)}
		}
		store(v, n)
		return nil
	}
	k.fits = func(n float64) bool { return n == math.Trunc(n) && n >= low && n <= high && r.hold(n) }
	k.parse = func(text string, v reflect.Value) error {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !k.fits(n) {
			return fmt.Errorf("want %s, got %q", k.want, text)
		}
		store(v, n)
		return nil
	}
	return k
}

// clampWhole does to a number what C's conversion to an integer does, but with a defined result.
func clampWhole(n, low, high float64) float64 {
	if math.IsNaN(n) {
		return 0
	}
	return math.Trunc(min(max(n, low), high))
}

func (b *builder) floatKind(tag reflect.StructTag, where string) *kind {
	r := readBounds(tag, where, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	k := &kind{lua: "number", want: r.words("a number", "a number"), expected: "number",
		min: r.minText, max: r.maxText}
	puc := b.module.puc
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		n, ok := c.toNumber(lv, puc)
		if !ok {
			return k.refuse(c, lv)
		}
		if !puc && (math.IsNaN(n) || math.IsInf(n, 0)) || !r.hold(n) && !math.IsNaN(n) {
			return &fault{want: k.want, got: formatNumber(n)}
		}
		v.SetFloat(n)
		return nil
	}
	k.parse = func(text string, v reflect.Value) error {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !r.hold(n) {
			return fmt.Errorf("want %s, got %q", k.want, text)
		}
		v.SetFloat(n)
		return nil
	}
	return k
}

// scaled reads durations, sizes and rates: a number in the bare unit or text with a unit.
func (b *builder) scaled(s scale, bare float64, tag reflect.StructTag, where string) *kind {
	r := readBounds(tag, where, func(text string) (float64, error) {
		n, err := s.parse(text, bare)
		return float64(n), err
	})
	noun := strings.Fields(s.want)[:2] // "a duration"
	k := &kind{lua: "number|string", unit: s.unit, want: r.words(strings.Join(noun, " "), s.want),
		expected: "number", min: r.minText, max: r.maxText}
	s.want = k.want
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		var n int64
		var err error
		switch value := lv.(type) {
		case lua.LNumber:
			n, err = s.number(float64(value), bare)
		case lua.LString:
			c.chargeText(value)
			n, err = s.parse(string(value), bare)
		default:
			return k.refuse(c, lv)
		}
		if err != nil {
			return &fault{text: err.Error()}
		}
		if !r.hold(float64(n)) {
			return &fault{want: k.want, got: c.describeText(lv)}
		}
		v.SetInt(n)
		return nil
	}
	k.parse = func(text string, v reflect.Value) error {
		n, err := s.parse(text, bare)
		if err == nil && !r.hold(float64(n)) {
			err = fmt.Errorf("want %s, got %q", k.want, text)
		}
		v.SetInt(n)
		return err
	}
	return k
}
