package repl

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// curlDoc explains the command.
const curlDoc = "Fetch a web page. -i shows the head of the answer too, -I asks for it alone, -v shows both heads; -L goes where a redirection leads; -o FILE keeps the page, " +
	"-O under its own name; -d DATA sends a form, -X METHOD, -H 'NAME: VALUE', -u USER:PASSWORD, -A AGENT, -x PROXY:PORT, -0 for HTTP/1.0, -k takes any certificate."

// The flags and the options with values that curl takes. -s and -S change nothing here: there is no meter to be silent.
const (
	curlFlags  = "iIvLOsS0k"
	curlValued = "odXHuAx"
)

// proxyPort is that of a proxy whose port was not told, as curl has it.
const proxyPort = 1080

// A fetch is what curl was asked for.
type fetch struct {
	c       *Context
	client  *http.Client
	target  string
	method  string   // "" if none was asked for
	data    []string // pieces of a form; nil for none
	headers []string
	include bool   // show the head of the answer
	verbose bool   // show both heads
	file    string // where the page is kept; "" prints it
	any     bool   // certificate will do
}

func curl(c *Context, args []string) error {
	f, err := newFetch(c, args)
	if err == nil {
		err = f.do()
	}
	if err != nil {
		return fmt.Errorf("curl: %w", err)
	}
	return nil
}

func newFetch(c *Context, args []string) (*fetch, error) {
	f := &fetch{c: c, client: &http.Client{Stack: c.Process.Stack(), UserAgent: "curl/moonwire"}}
	given, rest, err := options("curl", args, curlFlags, curlValued)
	switch {
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "curl: "))
	case len(rest) == 0:
		return nil, errors.New("want a URL, such as www.someschool.edu")
	case len(rest) > 1:
		return nil, fmt.Errorf("one URL at a time, got %s and %s", rest[0], rest[1])
	}
	f.target = rest[0]
	if scheme, _, ok := strings.Cut(f.target, "://"); !ok {
		f.target = "http://" + f.target
	} else if scheme != "http" && scheme != "https" {
		return nil, fmt.Errorf("(1) Protocol %q not supported; http and https are", scheme)
	}
	f.client.TLS = func(host string) (*tls.Config, error) { return serve.ClientTLS(c.Process, host, !f.any) }
	for _, o := range given {
		f.set(o)
	}
	if slices.ContainsFunc(given, func(o option) bool { return o.letter == 'O' }) {
		if u, err := url.Parse(f.target); err == nil && !strings.HasSuffix(u.Path, "/") {
			f.file = path.Base("/" + u.Path)
		}
		if f.file == "" || f.file == "/" {
			return nil, errors.New("(23) the URL ends with no name for a file; -o FILE gives one")
		}
	}
	return f, nil
}

// set takes one option.
func (f *fetch) set(o option) {
	switch o.letter {
	case 'i':
		f.include = true
	case 'I':
		f.include, f.method = true, cmp.Or(f.method, "HEAD")
	case 'v':
		f.verbose = true
	case 'L':
		f.client.Redirects = 50
	case '0':
		f.client.HTTP10 = true
	case 'k':
		f.any = true
	case 'o':
		f.file = o.value
	case 'd':
		f.data = append(f.data, o.value)
	case 'X':
		f.method = o.value
	case 'H':
		f.headers = append(f.headers, o.value)
	case 'u':
		f.client.User, f.client.Password, _ = strings.Cut(o.value, ":")
	case 'A':
		f.client.UserAgent = o.value
	case 'x':
		host, number := hostPort(strings.TrimSuffix(strings.TrimPrefix(o.value, "http://"), "/"), proxyPort)
		f.client.Proxy = net.JoinHostPort(host, number)
	}
}

// request makes the request.
func (f *fetch) request() (*http.Request, error) {
	var body []byte
	method := cmp.Or(f.method, "GET")
	if f.data != nil {
		method = cmp.Or(f.method, "POST")
		body = []byte(strings.Join(f.data, "&"))
	}
	r, err := http.NewRequest(method, f.target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "*/*")
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	given := http.Header{}
	for _, line := range f.headers {
		name, value, ok := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !ok || http.CheckField(name, value) != nil {
			return nil, fmt.Errorf("-H wants 'NAME: VALUE', got %q", line)
		}
		if strings.EqualFold(name, "Host") {
			r.Host = value
		}
		given.Add(name, value)
	}
	maps.Copy(r.Header, given)
	r.Header.Del("Host")
	return r, nil
}

// head shows the head of a request or of an answer.
func (f *fetch) head(sent bool, head []byte) {
	sign := map[bool]string{true: "> ", false: "< "}[sent]
	if !f.verbose {
		if sign = ""; sent {
			return
		}
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n"), "\n") {
		fmt.Fprintln(f.c.Out, strings.TrimRight(seen(sign+line), " "))
	}
}

// do makes the request and shows the answer.
func (f *fetch) do() error {
	r, err := f.request()
	if err != nil {
		return err
	}
	if f.include || f.verbose {
		f.client.Heads = f.head
	}
	defer f.client.Close()
	a, err := f.client.Do(r)
	if err != nil {
		return f.why(r, err)
	}
	defer a.Body.Close()
	if f.file != "" {
		return f.keep(a.Body)
	}
	var page strings.Builder
	_, err = io.Copy(&page, a.Body)
	if page.Len() > 0 {
		fmt.Fprintln(f.c.Out, showText(page.String()))
	}
	if err != nil {
		return fmt.Errorf("(18) transfer closed before the whole page had come: %w", err)
	}
	return nil
}

// keep writes a page into a file of the host.
func (f *fetch) keep(page io.Reader) error {
	file, err := f.c.Process.FS().OpenFile(f.c.Process.Path(f.file), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("(23) %w", fileError("-o", f.file, err))
	}
	n, err := io.Copy(file, page)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		fmt.Fprintf(f.c.Out, "%s: %d bytes\n", f.file, n)
	}
	return err
}

// why words why no answer came, with curl's numbers.
func (f *fetch) why(r *http.Request, err error) error {
	host, number := hostPort(r.URL.Host, map[bool]int{false: http.Port, true: http.PortTLS}[r.URL.Scheme == "https"])
	if f.client.Proxy != "" {
		host, number = hostPort(f.client.Proxy, http.Port)
	}
	var refused *tls.CertificateVerificationError
	switch {
	case errors.Is(err, stack.ErrHostNotFound), errors.Is(err, stack.ErrTemporaryLookup):
		return fmt.Errorf("(6) Could not resolve host: %s (%s)", host, reason(err))
	case errors.As(err, &refused):
		return fmt.Errorf("(60) certificate problem: %w; -k takes it all the same", refused.Err)
	case errors.Is(err, http.ErrUnanswered):
		return errors.New("(52) Empty reply from server")
	case stack.Code(err) == "timeout":
		return fmt.Errorf("(28) no answer of HTTP from %s port %s within a minute", host, number)
	}
	if told := unreached(host, number, err); told != err {
		return fmt.Errorf("(7) %w", told)
	}
	return err
}
