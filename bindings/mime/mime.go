// Package mime is Lua module mime: the encodings of mail (RFC 2045) and its line rules, as functions on chunks and as LTN12
// filters, the way LuaSocket 3 has them. Go's encoding/base64 encodes; decoders are our own because LuaSocket's take text
// that is cut, mixed with other bytes or wrong, and scripts see what becomes of it.
package mime

import (
	_ "embed"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

//go:embed mime.lua
var script string

// Module is module mime.
var Module = bind.New("mime", `Encodings of mail, and its line rules.

The functions b64 to unqp take a text and the next chunk of it; they encode or decode as much as they can and give the result and
what is left over, the text of the next call. Without a chunk that is the end. The filters that encode, decode and
the others make do this for LTN12.`, func() []bind.Member {
	return append(append(low(), high()...),
		bind.PUC(), bind.Uses(ltn12.Module), bind.Script(script),
		bind.Const("_VERSION", "The version of LuaSocket's module whose behaviour this is.", "MIME 1.0.3"),
		bind.Value("encodet", "table", "The makers of encode's filters by name.", newTable),
		bind.Value("decodet", "table", "The makers of decode's filters by name.", newTable),
		bind.Value("wrapt", "table", "The makers of wrap's filters by name.", newTable),
		bind.Example(`local mime = require "mime"
print(mime.b64("user:secret")) --> dXNlcjpzZWNyZXQ=	nil
print((mime.unb64("dXNlcjpzZWNyZXQ="))) --> user:secret`))
})

func newTable(L *lua.LState) lua.LValue { return L.NewTable() }

func low() []bind.Member {
	coded := []string{"result string|nil", "what could be done; nil if that is nothing, at the end", "left string|nil", "what is left over; nil at the end"}
	wrapped := []string{"result string|nil", "the text; at the end a line break if the line has something", "left integer", "the room in the last line"}
	return []bind.Member{
		bind.Raw[codeArgs]("b64", "Encode in base64.", code(encodeBase64)).Returns(coded...),
		bind.Raw[codeArgs]("unb64", "Decode base64.", code(lasting(decodeBase64))).Returns(coded...),
		bind.Raw[qpArgs]("qp", "Encode as quoted-printable.", qp).Returns(coded...).
			Example(`print((require("mime").qp("caf\195\169 = coffee!"))) --> caf=C3=A9 =3D coffee!`),
		bind.Raw[codeArgs]("unqp", "Decode quoted-printable.", code(lasting(decodeQuoted))).Returns(coded...),
		bind.Raw[wrapArgs]("wrp", "Break lines.", wrapBy(wrapText, crlf)).Returns(wrapped...),
		bind.Raw[wrapArgs]("qpwrp", "Break lines of quoted-printable with soft breaks.", wrapBy(wrapQuoted, softBreak)).Returns(wrapped...),
		bind.Raw[eolArgs]("eol", "Make all ends of lines the same.", eol).
			Returns("result string|nil", "the text; nil at the end", "state integer", "of the next call"),
		bind.Raw[dotArgs]("dot", "Double dots at the beginning of lines, as SMTP wants.", dot).
			Returns("result string|nil", "the text; nil at the end", "state integer", "of the next call"),
	}
}

func high() []bind.Member {
	made := []string{"filter function", "the filter"}
	return []bind.Member{
		bind.InLua[encodeArgs]("encode", "Make a filter that encodes.").Returns(made...),
		bind.InLua[decodeArgs]("decode", "Make a filter that decodes.").Returns(made...),
		bind.InLua[wrapFilterArgs]("wrap", "Make a filter that breaks lines.").Returns(made...),
		bind.InLua[markerArgs]("normalize", "Make a filter that makes all ends of lines the same.").Returns(made...).
			Example(`local unix = require("mime").normalize("\n")
io.write(unix("one\r\ntwo\rthree\n")) --> one
--> two
--> three`),
		bind.InLua[bind.None]("stuff", "Make a filter that doubles dots at the beginning of lines.").Returns(made...),
	}
}

type (
	encodeArgs struct {
		Name  lua.LValue `doc:"\"base64\" or \"quoted-printable\", or a name that a script has put in encodet" default:"nil" type:"string"`
		Mode  lua.LValue `doc:"\"binary\" makes quoted-printable encode ends of lines too" default:"nil" type:"string"`
		Other lua.LValue `doc:"for makers of scripts" default:"nil" type:"any"`
	}
	decodeArgs struct {
		Name   lua.LValue `doc:"\"base64\" or \"quoted-printable\", or a name that a script has put in decodet" default:"nil" type:"string"`
		Option lua.LValue `doc:"for makers of scripts" default:"nil" type:"any"`
		Other  lua.LValue `doc:"for makers of scripts" default:"nil" type:"any"`
	}
	wrapFilterArgs struct {
		Name   lua.LValue `doc:"\"text\", \"base64\" or \"quoted-printable\"; may be left out" default:"nil" type:"string"`
		Length lua.LValue `doc:"of a line; 76 if left out" default:"nil" type:"integer"`
		Other  lua.LValue `doc:"for makers of scripts" default:"nil" type:"any"`
	}
	markerArgs struct {
		Marker lua.LValue `doc:"what to end lines with; CR LF if left out" default:"nil" type:"string"`
	}
	codeArgs struct {
		Text  *string `doc:"what the call before left over, or a whole text"`
		Chunk *string `doc:"the next chunk; nil at the end"`
	}
	qpArgs struct {
		codeArgs
		Marker string `doc:"what to write for CR LF" default:"\r\n"`
	}
	wrapArgs struct {
		Left   float64 `doc:"the room in the first line"`
		Text   *string `doc:"the text; nil at the end"`
		Length float64 `doc:"of a line" default:"76"`
	}
	eolArgs struct {
		State  float64 `doc:"0 first, then what the call before gave"`
		Text   *string `doc:"the text; nil at the end"`
		Marker string  `doc:"what to end lines with" default:"\r\n"`
	}
	dotArgs struct {
		State float64 `doc:"2 at the beginning of a line, then what the call before gave"`
		Text  *string `doc:"the text; nil at the end"`
	}
)

// lasting makes the end of a text the same as any other place: what is not whole is dropped there.
func lasting(do func(string) (string, string)) func(string, bool) (string, string) {
	return func(text string, _ bool) (string, string) { return do(text) }
}

// code is the body of a function that encodes or decodes.
func code(do func(text string, last bool) (string, string)) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		if !c.Given(1) {
			return c.Return(nil, nil)
		}
		text := c.String(1)
		c.Charge(len(text) / 4)
		if !c.Given(2) {
			result, _ := do(text, true)
			return ended(c, result)
		}
		chunk := c.String(2)
		c.Charge(len(chunk) / 4)
		return both(c, do, text, chunk)
	}
}

// both gives what became of a text that goes on.
func both(c *bind.Call, do func(string, bool) (string, string), text, chunk string) bind.Out {
	result, left := do(text+chunk, false)
	return c.Return(result, left)
}

// ended gives the result of the end, nil if there is none.
func ended(c *bind.Call, result string) bind.Out {
	if result == "" {
		return c.Return(nil, nil)
	}
	return c.Return(result, nil)
}

func qp(c *bind.Call) bind.Out {
	if c.Given(1) {
		c.String(1) // LuaSocket looks at its third argument before the second
	}
	marker := markerOf(c)
	for n := 1; n <= 2; n++ {
		if c.Given(n) {
			boundEnds(c, c.String(n), marker)
		}
	}
	return code(func(text string, last bool) (string, string) { return encodeQuoted(text, marker, last) })(c)
}

// wrapBy is the body of wrp and qpwrp.
func wrapBy(do func(string, int, int) (string, int), end string) func(*bind.Call) bind.Out {
	return func(c *bind.Call) bind.Out {
		left := whole(c.Number(1))
		if !c.Given(2) {
			length := whole(c.Number(3))
			if left < length {
				return c.Return(end, length)
			}
			return c.Return(nil, length)
		}
		text := c.String(2)
		c.Charge(len(text) / 4)
		result, left := do(text, left, whole(c.Number(3)))
		return c.Return(result, left)
	}
}

func eol(c *bind.Call) bind.Out {
	state := whole(c.Number(1))
	if !c.Given(2) {
		return c.Return(nil, 0)
	}
	text, marker := c.String(2), markerOf(c)
	c.Charge(len(text) / 4)
	boundEnds(c, text, marker)
	result, state := normalizeEnds(text, marker, state)
	c.Charge(len(result) / 4)
	return c.Return(result, state)
}

func dot(c *bind.Call) bind.Out {
	state := whole(c.Number(1))
	if !c.Given(2) {
		return c.Return(nil, atLineStart)
	}
	text := c.String(2)
	c.Charge(len(text) / 4)
	result, state := stuffDots(text, state)
	return c.Return(result, state)
}

// markerOf reads the third argument, which for LuaSocket ends at a zero byte.
func markerOf(c *bind.Call) string {
	marker, _, _ := strings.Cut(c.String(3), "\x00")
	return marker
}

// boundEnds raises when a text would be too long with marker for its ends of lines.
func boundEnds(c *bind.Call, text, marker string) {
	if ends := strings.Count(text, "\n") + strings.Count(text, "\r"); ends*len(marker) > 4*lua51.MaxString {
		c.L.RaiseError("resulting string too large")
	}
}

// whole cuts a number to an integer, as C does.
func whole(n float64) int {
	if math.IsNaN(n) {
		return math.MinInt32
	}
	return int(max(math.MinInt32, min(n, math.MaxInt32)))
}
