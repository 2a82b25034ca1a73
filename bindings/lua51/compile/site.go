package compile

import (
	"strconv"
	"strings"
)

// A Site is what the compiler notes about an instruction that may call or fail: enough to say
// "attempt to index local 't' (a nil value)". gopher-lua offers no room for it; the compiler keeps it as the
// name of the first local variable that is alive at that instruction alone, so LState.GetLocal(frame, 1) finds it.
type Site struct {
	Op       Op
	Register int // of OpCall: where the called value is
	Operands []Operand
}

// Op is the kind of instruction that a Site describes.
type Op byte

// The kinds of sites.
const (
	OpCall     Op = 'c' // one operand: the function
	OpIterate  Op = 'i' // the call that a generic for makes
	OpIndex    Op = 'x' // one operand: the indexed value
	OpArith    Op = 'a' // one or two operands
	OpConcat   Op = 'k' // the operands from left to right
	OpLen      Op = 'l' // one operand
	OpForInit  Op = '1' // converts the start of a numeric for
	OpForLimit Op = '2'
	OpForStep  Op = '3'
)

// An Operand is how the source names a value: Kind is "global", "local", "upvalue", "field" or "method",
// or "" when it has no name.
type Operand struct{ Kind, Name string }

// siteMark starts an encoded Site; no variable's name does.
const siteMark = "\x00"

func (s *Site) encode() string {
	var b strings.Builder
	b.WriteString(siteMark)
	b.WriteByte(byte(s.Op))
	b.WriteString(strconv.Itoa(s.Register))
	for _, o := range s.Operands {
		b.WriteString(siteMark)
		if o.Kind != "" {
			b.WriteByte(o.Kind[0])
			b.WriteString(o.Name)
		}
	}
	return b.String()
}

// ParseSite decodes what GetLocal returned; ok is false when that was no Site.
func ParseSite(text string) (site Site, ok bool) {
	text, ok = strings.CutPrefix(text, siteMark)
	if !ok || text == "" {
		return Site{}, false
	}
	parts := strings.Split(text[1:], siteMark)
	site.Op = Op(text[0])
	site.Register, _ = strconv.Atoi(parts[0])
	for _, part := range parts[1:] {
		var o Operand
		if part != "" {
			o = Operand{kinds[part[0]], part[1:]}
		}
		site.Operands = append(site.Operands, o)
	}
	return site, true
}

var kinds = map[byte]string{'g': "global", 'l': "local", 'u': "upvalue", 'f': "field", 'm': "method"}
