package mail

import (
	"bytes"
	"strings"
)

// SevenBit returns a message whose bytes are all ASCII and that says the same: bodies with other bytes are put into quoted-printable,
// if they are texts, or base64 (RFC 6152 3). It is for servers without 8BITMIME. If a header has such bytes, or a part that may not
// be encoded could not be taken apart, it returns an *Error.
func SevenBit(message []byte) ([]byte, error) {
	p := Parse(message)
	out, err := sevenBit(p)
	if err != nil || p.Header.Has("MIME-Version") || isASCII(string(message)) {
		return out, err
	}
	return append([]byte("MIME-Version: 1.0\r\n"), out...), nil
}

func sevenBit(p *Part) ([]byte, error) {
	switch {
	case isASCII(string(p.Raw)):
		return p.Raw, nil
	case !isASCII(string(p.RawHeader)):
		return nil, problem("header", "it has bytes above 127")
	case len(p.Parts) > 0:
		return sevenBitParts(p)
	case strings.HasPrefix(p.Type, "multipart/"), strings.HasPrefix(p.Type, "message/"), !p.plain():
		return nil, problem("body", "a part of type %.60s in %.40s has bytes above 127", p.Type, p.Encoding)
	case strings.HasPrefix(p.Type, "text/"):
		return append(encodedAs(p, "quoted-printable"), quoted(crlf(p.Body), true)...), nil
	}
	return append(encodedAs(p, "base64"), wrapped(p.Body)...), nil
}

// sevenBitParts converts what is inside a part and leaves what is between as it is.
func sevenBitParts(p *Part) ([]byte, error) {
	out := encodedAs(p, "7bit")
	end := 0
	keep := func(between []byte) bool {
		out = append(out, between...)
		return isASCII(string(between))
	}
	for _, inside := range p.Parts {
		begin := cap(p.Body) - cap(inside.Raw) // both are slices of the message
		text, err := sevenBit(inside)
		if err != nil {
			return nil, err
		}
		if !keep(p.Body[end:begin]) {
			return nil, problem("body", "bytes above 127 between parts")
		}
		out = append(out, text...)
		end = begin + len(inside.Raw)
	}
	if !keep(p.Body[end:]) {
		return nil, problem("body", "bytes above 127 behind parts")
	}
	return out, nil
}

// encodedAs returns the header of a part with another transfer encoding, and the empty line.
func encodedAs(p *Part, encoding string) []byte {
	var out []byte
	for _, f := range p.Header {
		if !strings.EqualFold(f.Name, "Content-Transfer-Encoding") {
			out = append(out, f.Raw...)
		}
	}
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, "\r\n"...)
	}
	if encoding != "7bit" {
		out = append(out, "Content-Transfer-Encoding: "+encoding+"\r\n"...)
	}
	return append(out, "\r\n"...)
}
