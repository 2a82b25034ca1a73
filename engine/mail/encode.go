package mail

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
)

// encoded returns a body in its transfer encoding, which it chooses if the part does not.
func (w *writer) encoded(c *Content, kind string, parameters map[string]string) ([]byte, string) {
	body := c.Body
	text := strings.HasPrefix(kind, "text/") && c.Name == "" // a file stays as it is, byte by byte
	if text {
		body = crlf(w.inCharset(body, parameters))
	}
	encoding := strings.ToLower(c.Encoding)
	switch {
	case kind == "message/rfc822":
		body = crlf(body)
		encoding = w.composite(c, body)
		if encoding == "" {
			encoding = "7bit"
		}
	case encoding == "":
		encoding = chosen(body, text || strings.HasPrefix(kind, "message/"))
	}
	switch encoding {
	case "7bit", "8bit":
		if encoding == "7bit" && !isASCII(string(body)) {
			w.fail(problem("body", "it has bytes above 127, and the encoding is 7bit"))
		}
		body = crlf(body)
		if longestLine(body) > maxLine || bytes.IndexByte(body, 0) >= 0 {
			w.fail(problem("body", "a line has more than %d bytes, or a NUL, and the encoding is %s", maxLine, encoding))
		}
	case "binary":
	case "quoted-printable":
		body = quoted(body, text)
	case "base64":
		body = wrapped(body)
	default:
		w.fail(problem("body", "%.40q is not a transfer encoding", encoding))
	}
	return body, encoding
}

// inCharset converts a text from UTF-8 into its charset, which it names if the text is not ASCII.
func (w *writer) inCharset(body []byte, parameters map[string]string) []byte {
	name := strings.ToLower(parameters["charset"])
	switch name {
	case "":
		parameters["charset"] = "us-ascii"
		if !isASCII(string(body)) {
			parameters["charset"] = "utf-8"
		}
		return body
	case "utf-8":
		return body
	case "us-ascii":
		if !isASCII(string(body)) {
			w.fail(problem("body", "a text is not in its charset us-ascii"))
		}
		return body
	}
	encoding, err := ianaindex.MIME.Encoding(name)
	if encoding == nil {
		encoding, err = htmlindex.Get(name)
	}
	if err != nil {
		w.fail(problem("body", "the charset %.40q is unknown", name))
		return body
	}
	out, err := encoding.NewEncoder().Bytes(body)
	if err != nil {
		w.fail(problem("body", "a character of the text is not in %s", name))
	}
	return out
}

// chosen returns the encoding that a body needs.
func chosen(body []byte, text bool) string {
	high := 0
	for _, c := range body {
		if c >= 0x80 || c == 0 {
			high++
		}
	}
	switch {
	case !text, high > len(body)/4:
		return "base64"
	case high > 0, longestLine(body) > maxLine:
		return "quoted-printable"
	}
	return "7bit"
}

func quoted(body []byte, text bool) []byte {
	var b bytes.Buffer
	q := quotedprintable.NewWriter(&b)
	q.Binary = !text
	q.Write(body)
	q.Close()
	return b.Bytes()
}

// wrapped returns base64 in lines of 76 characters.
func wrapped(body []byte) []byte {
	const line = 57 // bytes in 76 characters
	out := make([]byte, 0, len(body)/3*4+len(body)/line*2+8)
	for len(body) > 0 {
		n := min(line, len(body))
		out = base64.StdEncoding.AppendEncode(out, body[:n])
		out = append(out, '\r', '\n')
		body = body[n:]
	}
	return out
}

// crlf makes every line end CRLF.
func crlf(b []byte) []byte {
	out := make([]byte, 0, len(b)+bytes.Count(b, []byte("\n")))
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}

func longestLine(b []byte) int {
	longest := 0
	for line := range bytes.Lines(b) {
		longest = max(longest, len(bytes.TrimRight(line, "\r\n")))
	}
	return longest
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// typeByName returns the media type of a file's ending. The machine's own table is not asked: it differs.
func typeByName(name string) string {
	_, ending, _ := strings.Cut(strings.ToLower(name[max(strings.LastIndexByte(name, '.'), 0):]), ".")
	switch ending {
	case "txt", "md", "log":
		return "text/plain"
	case "htm", "html":
		return "text/html"
	case "css", "csv":
		return "text/" + ending
	case "jpg", "jpeg":
		return "image/jpeg"
	case "png", "gif", "webp":
		return "image/" + ending
	case "svg":
		return "image/svg+xml"
	case "wav", "ogg":
		return "audio/" + ending
	case "mp3":
		return "audio/mpeg"
	case "mp4", "mpeg":
		return "video/" + ending
	case "pdf", "zip", "json", "xml":
		return "application/" + ending
	case "eml":
		return "message/rfc822"
	}
	return "application/octet-stream"
}
