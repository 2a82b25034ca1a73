package rules_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

const (
	get     = "C: GET /a.html HTTP/1.1\nC: Host: www.lab\nC:\n"
	getLast = "C: GET /a.html HTTP/1.1\nC: Host: www.lab\nC: Connection: close\nC:\n"
	okHead  = "S: HTTP/1.1 200 OK\nS: Date: Thu, 01 Jan 2026 00:00:00 GMT\nS: Content-Type: text/html\n"
	ok      = okHead + "S: Content-Length: 7\nS:\nS: hello\n"
	okLast  = okHead + "S: Connection: close\nS:\nS: hello\n"
	closes  = "S (closes)\nC (closes)\n"
	date    = "S: Date: Thu, 01 Jan 2026 00:00:00 GMT\n"
)

// status returns a response without a body.
func status(line, fields string) string { return "S: HTTP/1.1 " + line + "\n" + date + fields + "S:\n" }

var httpCases = []wrong{
	{"", 0, get + ok + getLast + okLast + closes},
	{"", 0, get + get + ok + ok},
	{"", 0, "C: GET / HTTP/1.0\nC:\n" + okLast + closes},
	{"", 0, "C: HEAD / HTTP/1.1\nC: Host: a\nC:\n" + okHead + "S: Content-Length: 7\nS:\n" + get + ok},
	{"", 0, "C: POST / HTTP/1.1\nC: Host: a\nC: Transfer-Encoding: chunked\nC:\nC: 5;x=y\nC: hello\nC: 0\nC: Trailer: x\nC:\n" + okHead + "S: Transfer-Encoding: chunked\nS:\nS: 0A\nS= 12345\\r\\n789\\r\\n\nS: 0\nS:\n"},
	{"", 0, get + "S: HTTP/1.1 100 Continue\nS:\n" + status("304 Not Modified", "") + get + status("204 No Content", "")},
	{"", 0, "C: OPTIONS * HTTP/1.1\nC: Host: a\nC:\n" + status("200 OK", "S: Content-Length: 0\n")},
	{"", 0, "C: CONNECT a:443 HTTP/1.1\nC: Host: a:443\nC:\n" + status("200 OK", "") + "C= \\026\\003\n"},
	{"", 0, "C= \\026\\003\\001\\000\n"},
	{"", 0, "C: GET http://www.lab/ HTTP/1.1\nC: Host: www.lab\nC:\n" + status("401 Unauthorized", "S: WWW-Authenticate: Basic realm=x\nS: Content-Length: 0\n")},

	{"line-end", 2, "C: GET / HTTP/1.1\nC= Host: a\\n\nC:\n"},
	{"line-end", 1, "C= GET / HTTP/1.1\n"},
	{"request-line", 1, "C: GET  / HTTP/1.1\nC: Host: a\nC:\n"},
	{"request-line", 1, "C: GET /a file HTTP/1.1\nC: Host: a\nC:\n"},
	{"request-line", 1, "C: GET /\nC:\n"},
	{"version", 1, "C: GET / HTTP/2.0\nC: Host: a\nC:\n"},
	{"method", 1, "C: get / HTTP/1.1\nC: Host: a\nC:\n"},
	{"target", 1, "C: GET a.html HTTP/1.1\nC: Host: a\nC:\n"},
	{"host", 1, "C: GET / HTTP/1.1\nC:\n" + status("400 Bad Request", "S: Content-Length: 0\n")},
	{"host", 1, "C: GET / HTTP/1.1\nC: Host: a\nC: host: b\nC:\n"},
	{"field", 2, "C: GET / HTTP/1.1\nC: Accept : x\nC: Host: a\nC:\n"},
	{"field", 3, "C: GET / HTTP/1.1\nC: Accept: x\nC:  folded: y\nC: Host: a\nC:\n"},
	{"field", 2, "C: GET / HTTP/1.1\nC: Accept\nC: Host: a\nC:\n"},
	{"field-value", 2, "C: GET / HTTP/1.1\nC= Accept: \\000\\r\\n\nC: Host: a\nC:\n"},
	{"head-end", 2, "C: GET / HTTP/1.1\nC: Host: a\n"},
	{"head-end", 5, get + "S: HTTP/1.1 200 OK\nS (closes)\n"},
	{"length", 8, get + okHead + "S: Content-Length: 7\nS: Content-Length: 8\nS:\nS: hello\n"},
	{"length", 3, "C: POST / HTTP/1.1\nC: Host: a\nC: Content-Length: five\nC:\n"},
	{"length-or-chunked", 4, "C: POST / HTTP/1.1\nC: Host: a\nC: Content-Length: 5\nC: Transfer-Encoding: chunked\nC:\nC: 0\nC:\n"},
	{"coding", 3, "C: POST / HTTP/1.1\nC: Host: a\nC: Transfer-Encoding: gzip\nC:\n"},
	{"coding", 6, "C: GET / HTTP/1.0\nC:\n" + okHead + "S: Transfer-Encoding: chunked\nS:\nS: 0\nS:\n"},
	{"chunk", 9, get + okHead + "S: Transfer-Encoding: chunked\nS:\nS: hello\n"},
	{"chunk", 10, get + okHead + "S: Transfer-Encoding: chunked\nS:\nS: 4\nS: hello\n"},
	{"chunk", 10, get + okHead + "S: Transfer-Encoding: chunked\nS:\nS: 10\nS: hello\n"},
	{"body-short", 10, get + okHead + "S: Content-Length: 100\nS:\nS: hello\nS (closes)\n"},
	{"body-short", 1, "C: POST / HTTP/1.1\nC: Host: a\nC: Content-Length: 100\nC:\nC: hello\n"},
	{"after-close", 5, getLast + get},
	{"after-close", 13, get + get + okHead + "S: Connection: close\nS: Content-Length: 0\nS:\n" + ok},

	{"status-line", 4, get + "S: <html>\nS: </html>\n"},
	{"status-line", 4, get + "S: HTTP/1.1 200\n" + date + "S: Content-Length: 0\nS:\n"},
	{"status-line", 4, get + "S: HTTP/1.1 OK 200\n" + date + "S: Content-Length: 0\nS:\n"},
	{"status", 4, get + status("777 Lucky", "S: Content-Length: 0\n")},
	{"response-asked", 1, ok},
	{"response-asked", 10, get + okHead + "S: Content-Length: 5\nS:\nS= hello there\n"},
	{"response-missing", 4, get + "S (closes)\n"},
	{"host-400", 3, "# also 1 host\nC: GET / HTTP/1.1\nC:\n" + ok},
	{"no-body", 9, "C: HEAD / HTTP/1.1\nC: Host: a\nC:\n" + okHead + "S: Content-Length: 7\nS:\nS: hello\n"},
	{"no-length", 4, get + status("204 No Content", "S: Content-Length: 0\n")},
	{"body-end", 4, get + okHead + "S:\nS: hello\n"},
	{"close-announced", 10, get + ok + closes},
	{"close-kept", 5, getLast + okHead + "S: Content-Length: 0\nS: Connection: close\nS:\n"},
	{"date", 4, get + "S: HTTP/1.1 200 OK\nS: Content-Length: 0\nS:\n"},
	{"content-type", 4, get + status("200 OK", "S: Content-Length: 7\n") + "S: hello\n"},
	{"location", 4, get + status("301 Moved", "S: Content-Length: 0\n")},
	{"allow", 4, get + status("405 No", "S: Content-Length: 0\n")},
	{"authenticate", 4, get + status("401 No", "S: Content-Length: 0\n")},
	{"content-range", 4, get + status("206 Part", "S: Content-Length: 0\n")},
}

func TestHTTP(t *testing.T) { judge(t, "http", rules.HTTP, httpCases) }

func FuzzHTTP(f *testing.F) { fuzz(f, httpCases, rules.HTTP) }
