// Package http is the Hypertext Transfer Protocol, versions 1.0 and 1.1: a server and a client (RFC 9110, 9112), files as a web site, forms,
// ranges, conditional requests, authorization (RFC 7616, 7617) and cookies (RFC 6265).
//
// Messages are read and written by net/http's types. What is ours is what goes on around them: connections, which may be used for one
// object or for many, with or without pipelining; time; and what a server has to refuse before it reads on.
//
// A server takes no message whose end two readers could see at different places: not one with both Content-Length and Transfer-Encoding,
// with two Content-Lengths, with folded fields or with a bare CR (RFC 9112 5.2, 6.3, 11.2).
//
// Left out: HTTP/0.9 and 2, upgrades, trailers of a client's making, and compressed transfer codings.
package http

import (
	"bytes"
	"fmt"
	"io"
	"math"
	nethttp "net/http"
	"net/textproto"
	"strconv"
	"time"
)

// The ports of the protocol, plain and under TLS.
const (
	Port    = 80
	PortTLS = 443
)

// The types of net/http that messages have here.
type (
	Request  = nethttp.Request
	Response = nethttp.Response
	Header   = nethttp.Header
	Cookie   = nethttp.Cookie
)

// A Handler answers a request. It may read the request's body and may wait; the body of what it returns is read while it is sent, and closed. A
// ContentLength of -1 says that nobody knows how long the body is.
type Handler func(*Request) *Response

// Text returns an answer with a line of text.
func Text(status int, text string) *Response {
	return Bytes(status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

// Bytes returns an answer with a body of a media type.
func Bytes(status int, mediaType string, body []byte) *Response {
	r := Empty(status)
	r.Header.Set("Content-Type", mediaType)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r
}

// Empty returns an answer without a body.
func Empty(status int) *Response {
	return &Response{StatusCode: status, Header: Header{}, Body: nethttp.NoBody}
}

// Status returns an answer that says no more than its status.
func Status(status int) *Response { return Text(status, statusLine(status)) }

func statusLine(status int) string {
	return strconv.Itoa(status) + " " + nethttp.StatusText(status)
}

// Date writes an instant as fields have it (RFC 9110 5.6.7).
func Date(t time.Time) string { return t.UTC().Format(nethttp.TimeFormat) }

// A Fault is why a request was not taken: the server answers with its status.
type Fault struct {
	Status int
	Text   string
}

// Error returns the status and the text.
func (f *Fault) Error() string { return fmt.Sprintf("http: %s: %s", statusLine(f.Status), f.Text) }

// Code returns "timeout" of 408, "too-long" of what is over a limit, and otherwise "protocol".
func (f *Fault) Code() string {
	switch f.Status {
	case nethttp.StatusRequestTimeout:
		return "timeout"
	case nethttp.StatusRequestEntityTooLarge, nethttp.StatusRequestURITooLong, nethttp.StatusRequestHeaderFieldsTooLarge:
		return "too-long"
	}
	return "protocol"
}

func fault(status int, format string, args ...any) *Fault {
	return &Fault{status, fmt.Sprintf(format, args...)}
}

// An AnswerError says that a client got no answer, one that is none, or one over a limit.
type AnswerError struct {
	Text string
	code string
}

// Error returns the text.
func (e *AnswerError) Error() string { return "http: " + e.Text }

// Code returns "protocol", "too-long", "closed", or "refused" for a connection that a proxy did not make.
func (e *AnswerError) Code() string { return e.code }

func badAnswer(format string, args ...any) *AnswerError {
	return &AnswerError{fmt.Sprintf(format, args...), "protocol"}
}

// An ArgumentError says that a message cannot be made of what was given.
type ArgumentError struct{ Text string }

// Error returns the text.
func (e *ArgumentError) Error() string { return "http: " + e.Text }

// Code returns "invalid".
func (*ArgumentError) Code() string { return "invalid" }

func invalid(format string, args ...any) error { return &ArgumentError{fmt.Sprintf(format, args...)} }

// Limits of what is read. Zero values stand for the defaults.
type Limits struct {
	Line   int   // bytes of a request line or a status line; 0 means 8,000 (RFC 9112 3)
	Head   int   // bytes of that line and the fields; 0 means 64 KiB
	Fields int   // 0 means 100
	Body   int64 // bytes; 0 means 10 MiB
}

// List returns the elements of a field that is a list, of all its lines, without the empty ones (RFC 9110 5.6.1). Commas in quotation marks do not count.
func List(lines []string) (elements []string) {
	for _, text := range lines {
		for start, i, quoted := 0, 0, false; i <= len(text); i++ {
			switch {
			case i < len(text) && text[i] == '"':
				quoted = !quoted
			case i == len(text) || text[i] == ',' && !quoted:
				if e := textproto.TrimString(text[start:i]); e != "" {
					elements = append(elements, e)
				}
				start = i + 1
			}
		}
	}
	return elements
}

// NoLimit is a Body for those who hand on what they read.
const NoLimit = math.MaxInt64

func (l Limits) filled() Limits {
	set := func(v *int, otherwise int) {
		if *v <= 0 {
			*v = otherwise
		}
	}
	set(&l.Line, 8000)
	set(&l.Head, 64<<10)
	set(&l.Fields, 100)
	if l.Body <= 0 {
		l.Body = 10 << 20
	}
	return l
}
