package http

import (
	"fmt"
	"net"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// logTo returns what writes a line for each answer into a file, in the Common Log Format that web servers have used since the first:
//
//	10.0.1.1 - bob [01/Jan/2026:00:00:00 +0000] "GET /index.html HTTP/1.1" 200 14
//
// A disk that is full loses lines.
func logTo(files afero.Fs, name string) func(http.Entry) {
	files.MkdirAll(path.Dir(name), 0o755)
	return func(e http.Entry) {
		f, err := files.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return
		}
		defer f.Close()
		f.WriteString(logLine(e))
	}
}

func logLine(e http.Entry) string {
	client, _, _ := net.SplitHostPort(e.Remote.String())
	user, what, size := "-", "-", "-"
	if r := e.Request; r != nil {
		what = fmt.Sprintf("%s %s %s", r.Method, strings.ReplaceAll(r.RequestURI, `"`, "%22"), r.Proto)
		if name, _, ok := r.BasicAuth(); ok && name != "" && e.Status != 401 {
			user = strings.Map(plain, name)
		}
	}
	if e.Bytes > 0 {
		size = strconv.FormatInt(e.Bytes, 10)
	}
	return fmt.Sprintf("%s - %s [%s] \"%s\" %d %s\n", client, user, e.Finished.UTC().Format("02/Jan/2006:15:04:05 -0700"), what, e.Status, size)
}

// plain keeps what cannot be taken for another part of the line.
func plain(r rune) rune {
	if r <= ' ' || r == '"' || r == 0x7f {
		return '?'
	}
	return r
}
