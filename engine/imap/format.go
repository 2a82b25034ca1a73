package imap

import (
	"fmt"
	"strconv"
	"strings"
)

// appendString appends text as a quoted string, or, where that cannot be, as a literal.
func appendString(b []byte, text string) []byte {
	if len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) {
		return append(fmt.Appendf(b, "{%d}\r\n", len(text)), text...)
	}
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

// appendNString appends NIL for what is not there.
func appendNString(b []byte, text string) []byte {
	if text == "" {
		return append(b, "NIL"...)
	}
	return appendString(b, text)
}

// appendAString appends text as an atom if it is one.
func appendAString(b []byte, text string) []byte {
	if text == "" || strings.EqualFold(text, "NIL") {
		return appendString(b, text)
	}
	for i := range len(text) {
		if !isASTRINGChar(text[i]) {
			return appendString(b, text)
		}
	}
	return append(b, text...)
}

// appendMailbox appends a folder's name in modified UTF-7.
func appendMailbox(b []byte, name string) []byte { return appendAString(b, encodeUTF7(name)) }

func flagList(flags []string) string { return "(" + strings.Join(flags, " ") + ")" }

// appendEnvelope appends an envelope (RFC 3501 7.4.2).
func appendEnvelope(b []byte, e *Envelope) []byte {
	b = append(b, '(')
	b = appendNString(b, e.Date)
	b = append(b, ' ')
	b = appendNString(b, e.Subject)
	for _, list := range [][]Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		b = append(b, ' ')
		b = appendAddresses(b, list)
	}
	b = append(b, ' ')
	b = appendNString(b, e.InReplyTo)
	b = append(b, ' ')
	b = appendNString(b, e.MessageID)
	return append(b, ')')
}

func appendAddresses(b []byte, list []Address) []byte {
	if len(list) == 0 {
		return append(b, "NIL"...)
	}
	b = append(b, '(')
	for _, a := range list {
		b = append(b, '(')
		for i, text := range []string{a.Name, a.Route, a.Mailbox, a.Host} {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendNString(b, text)
		}
		b = append(b, ')')
	}
	return append(b, ')')
}

// appendStructure appends BODY, or with extended BODYSTRUCTURE (RFC 3501 7.4.2).
func appendStructure(b []byte, s *Structure, extended bool) []byte {
	b = append(b, '(')
	if s.multipart() {
		for _, part := range s.Parts {
			b = appendStructure(b, part, extended)
		}
		b = append(b, ' ')
		b = appendString(b, s.Subtype)
		if extended {
			b = append(b, ' ')
			b = appendParams(b, s.Params)
			b = appendExtension(b, s)
		}
		return append(b, ')')
	}
	b = appendString(b, s.Type)
	b = append(b, ' ')
	b = appendString(b, s.Subtype)
	b = append(b, ' ')
	b = appendParams(b, s.Params)
	b = append(b, ' ')
	b = appendNString(b, s.ID)
	b = append(b, ' ')
	b = appendNString(b, s.Description)
	b = append(b, ' ')
	b = appendString(b, s.Encoding)
	b = append(b, ' ')
	b = strconv.AppendInt(b, s.Size, 10)
	if s.holdsMessage() {
		b = append(b, ' ')
		b = appendEnvelope(b, s.Envelope)
		b = append(b, ' ')
		b = appendStructure(b, s.Parts[0], extended)
	}
	if s.counted() {
		b = append(b, ' ')
		b = strconv.AppendInt(b, s.Lines, 10)
	}
	if extended {
		b = append(b, ' ')
		b = appendNString(b, s.MD5)
		b = appendExtension(b, s)
	}
	return append(b, ')')
}

// appendExtension appends what single parts and multiparts have in common at the end.
func appendExtension(b []byte, s *Structure) []byte {
	b = append(b, ' ')
	if s.Disposition == "" {
		b = append(b, "NIL"...)
	} else {
		b = append(b, '(')
		b = appendString(b, s.Disposition)
		b = append(b, ' ')
		b = appendParams(b, s.DispositionParams)
		b = append(b, ')')
	}
	b = append(b, ' ')
	switch len(s.Language) {
	case 0:
		b = append(b, "NIL"...)
	default:
		b = append(b, '(')
		for i, l := range s.Language {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendString(b, l)
		}
		b = append(b, ')')
	}
	b = append(b, ' ')
	return appendNString(b, s.Location)
}

func appendParams(b []byte, params []Param) []byte {
	if len(params) == 0 {
		return append(b, "NIL"...)
	}
	b = append(b, '(')
	for i, p := range params {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendString(b, p.Name)
		b = append(b, ' ')
		b = appendString(b, p.Value)
	}
	return append(b, ')')
}
