package json

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

type decodeArgs struct {
	Text string `doc:"JSON text in UTF-8, one value and nothing after it"`
}

func decode(c *bind.Call, a decodeArgs) (lua.LValue, error) {
	if !utf8.ValidString(a.Text) {
		return nil, &Error{"syntax", position(a.Text, invalidAt(a.Text)), "the text is not UTF-8"}
	}
	c.Charge(len(a.Text))
	d := &decoder{in: json.NewDecoder(strings.NewReader(a.Text)), text: a.Text, L: c.L,
		null: c.Value(theNull), array: newMark(c.L, "array")}
	d.in.UseNumber()
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if offset := d.start(); offset < len(a.Text) {
		return nil, d.fail(offset, "unexpected text after the value")
	}
	return value, nil
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}

// position returns the line:column of a byte offset, columns in bytes, both from 1.
func position(text string, offset int) string {
	before := text[:min(offset, len(text))]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("%d:%d", line, len(before)-strings.LastIndexByte(before, '\n'))
}

// A decoder reads one text, token by token, so that it can stop at a depth and make Lua tables directly.
type decoder struct {
	in    *json.Decoder
	text  string
	L     *lua.LState
	null  lua.LValue
	array *lua.LTable // the metatable of arrays
}

func (d *decoder) fail(offset int, format string, args ...any) *Error {
	return &Error{"syntax", position(d.text, offset), fmt.Sprintf(format, args...)}
}

// start returns the offset of the next token.
func (d *decoder) start() int {
	offset := int(d.in.InputOffset())
	for offset < len(d.text) && strings.IndexByte(" \t\r\n", d.text[offset]) >= 0 {
		offset++
	}
	return offset
}

// token reads the next token.
func (d *decoder) token() (json.Token, error) {
	token, err := d.in.Token()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, d.fail(len(d.text), "the text ends early")
	}
	return nil, d.syntax()
}

// syntax words an error of the tokenizer. The offset that comes with it does not count the punctuation
// between values, so the place is found by reading the value again alone.
func (d *decoder) syntax() *Error {
	offset := d.start()
	var again json.RawMessage
	var syntax *json.SyntaxError
	if err := json.NewDecoder(strings.NewReader(d.text[offset:])).Decode(&again); errors.As(err, &syntax) {
		offset += int(syntax.Offset) - 1
	}
	if offset >= len(d.text) {
		return d.fail(len(d.text), "the text ends early")
	}
	r, _ := utf8.DecodeRuneInString(d.text[offset:])
	return d.fail(offset, "unexpected character %s", strconv.QuoteRune(r))
}

func (d *decoder) value(depth int) (lua.LValue, error) {
	at := d.start()
	token, err := d.token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case nil:
		return d.null, nil
	case bool:
		return lua.LBool(v), nil
	case string:
		return lua.LString(v), nil
	case json.Number:
		n, err := strconv.ParseFloat(string(v), 64)
		if err != nil || math.IsInf(n, 0) {
			return nil, d.fail(at, "the number is too large for Lua")
		}
		return lua.LNumber(n), nil
	case json.Delim:
		if depth >= maxDepth {
			return nil, tooDeep(position(d.text, at))
		}
		if v == '[' {
			return d.list(depth)
		}
		return d.object(depth)
	}
	return nil, d.fail(at, "unexpected token")
}

func (d *decoder) list(depth int) (lua.LValue, error) {
	t := d.L.CreateTable(0, 0)
	t.Metatable = d.array
	for d.in.More() {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		t.Append(v)
	}
	_, err := d.token()
	return t, err
}

func (d *decoder) object(depth int) (lua.LValue, error) {
	t := d.L.CreateTable(0, 0)
	for d.in.More() {
		key, err := d.token()
		if err != nil {
			return nil, err
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		t.RawSetString(key.(string), v)
	}
	_, err := d.token()
	return t, err
}
