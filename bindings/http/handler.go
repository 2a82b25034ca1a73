package http

import (
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net"
	nethttp "net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// ask lets the script's function answer. It returns nil if the function returned nothing.
func (s *Server) ask(r *http.Request, user string) *http.Response {
	body, err := s.body(r)
	if err != nil {
		return http.Status(nethttp.StatusBadRequest) // the server knows better why
	}
	defer func() { s.weight -= int64(len(body)) }()
	if body != "" {
		r.Body = io.NopCloser(strings.NewReader(body)) // for a file that it may become
	}
	s.tasks.Charge(200 + len(body)/16)
	results, err := s.tasks.Call(s.handler, s.request(r, body, user))
	if err != nil {
		return http.Status(nethttp.StatusInternalServerError)
	}
	a, err := s.response(results)
	if err != nil {
		s.tasks.Fail(fmt.Errorf("http.serve: what the handler returned for %s %.200q: %w", r.Method, r.RequestURI, err))
		return http.Status(nethttp.StatusInternalServerError)
	}
	return a
}

// body reads the body of a request, whose bytes count as memory of the script while they come and until it has answered.
func (s *Server) body(r *http.Request) (string, error) {
	if r.Body == nil || r.Body == nethttp.NoBody {
		return "", nil
	}
	var b strings.Builder
	for {
		n, err := io.CopyN(&b, r.Body, 16<<10)
		s.weight += n
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			s.weight -= int64(b.Len())
			return "", err
		}
	}
}

func (s *Server) table(n int) *lua.LTable { return s.tasks.Process().L.CreateTable(0, n) }

// request is the table that describes a request.
func (s *Server) request(r *http.Request, body, user string) *lua.LTable {
	t := s.table(16)
	text := func(name, value string) { t.RawSetString(name, lua.LString(value)) }
	text("method", r.Method)
	text("target", r.RequestURI)
	text("path", r.URL.Path)
	text("query", r.URL.RawQuery)
	text("version", strings.TrimPrefix(r.Proto, "HTTP/"))
	text("host", r.Host)
	text("body", body)
	if user != "" {
		text("user", user)
	}
	host, port, _ := net.SplitHostPort(r.RemoteAddr)
	text("address", host)
	number, _ := strconv.Atoi(port)
	t.RawSetString("port", lua.LNumber(number))
	t.RawSetString("tls", lua.LBool(r.TLS != nil))
	headers := s.table(len(r.Header) + 1)
	for _, name := range sortedNames(r.Header) {
		headers.RawSetString(strings.ToLower(name), lua.LString(strings.Join(r.Header[name], ", ")))
	}
	if r.Host != "" {
		headers.RawSetString("host", lua.LString(r.Host))
	}
	t.RawSetString("headers", headers)
	cookies := s.table(1)
	if r.Header["Cookie"] != nil {
		for _, k := range r.Cookies() {
			cookies.RawSetString(k.Name, lua.LString(k.Value))
		}
	}
	t.RawSetString("cookies", cookies)
	query, _ := url.ParseQuery(r.URL.RawQuery)
	t.RawSetString("params", s.values(query))
	t.RawSetString("form", s.values(form(r, body)))
	return t
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// values makes a table of fields of a form: text, or a list where a name is there several times.
func (s *Server) values(v url.Values) *lua.LTable {
	t := s.table(len(v))
	for _, name := range sortedNames(v) {
		if list := v[name]; len(list) == 1 {
			t.RawSetString(name, lua.LString(list[0]))
		} else {
			all := s.table(0)
			for _, value := range list {
				all.Append(lua.LString(value))
			}
			t.RawSetString(name, all)
		}
	}
	return t
}

// form reads the form in a body: application/x-www-form-urlencoded, or multipart/form-data, of which files are fields like the others.
func form(r *http.Request, body string) url.Values {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || body == "" {
		return nil
	}
	switch media {
	case "application/x-www-form-urlencoded":
		v, _ := url.ParseQuery(body)
		return v
	case "multipart/form-data":
		v := url.Values{}
		parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
		for range 1000 {
			p, err := parts.NextRawPart()
			if err != nil {
				break
			}
			content, err := io.ReadAll(p)
			if err != nil {
				break
			}
			v.Add(p.FormName(), string(content))
		}
		return v
	}
	return nil
}

// response makes an answer of what the script's function returned.
func (s *Server) response(results []lua.LValue) (*http.Response, error) {
	get := func(i int) lua.LValue {
		if i < len(results) {
			return results[i]
		}
		return lua.LNil
	}
	a := http.Empty(200)
	switch first := get(0).(type) {
	case *lua.LNilType:
		return nil, nil
	case lua.LNumber:
		return a, errors.Join(s.setStatus(a, first), s.setFields(a, get(2)), s.setBody(a, get(1)))
	case *lua.LTable:
		f := first.RawGetString
		err := errors.Join(s.setStatus(a, f("status")), s.setReason(a, f("reason")), s.setFields(a, f("headers")), s.setCookies(a, f("cookies")))
		if media, ok := f("type").(lua.LString); ok && err == nil {
			a.Header.Set("Content-Type", string(media))
			err = http.CheckField("Content-Type", string(media))
		}
		return a, errors.Join(err, s.setBody(a, f("body")))
	case lua.LString, *lua.LFunction:
		return a, errors.Join(s.setBody(a, first), s.setFields(a, get(1)))
	}
	return nil, fmt.Errorf("want a body, a status or a table, got a %s", get(0).Type())
}

func (s *Server) setStatus(a *http.Response, v lua.LValue) error {
	n, ok := v.(lua.LNumber)
	if v == lua.LNil {
		return nil
	}
	if !ok || float64(n) != math.Trunc(float64(n)) || n < 200 || n > 599 {
		return fmt.Errorf("want a status from 200 to 599, got %s", v.String())
	}
	a.StatusCode = int(n)
	return nil
}

func (s *Server) setReason(a *http.Response, v lua.LValue) error {
	if v == lua.LNil {
		return nil
	}
	reason, ok := v.(lua.LString)
	if !ok || http.CheckField("Reason", string(reason)) != nil {
		return fmt.Errorf("want a reason as a text without control characters, got %q", v.String())
	}
	a.Status = strconv.Itoa(a.StatusCode) + " " + string(reason)
	return nil
}

// setFields reads a table of header fields: text, a number, or a list of them, by name. What ends a line raises: it would begin a field
// of whoever has made the text.
func (s *Server) setFields(a *http.Response, v lua.LValue) error {
	t, ok := v.(*lua.LTable)
	if !ok {
		if v == lua.LNil {
			return nil
		}
		return fmt.Errorf("want headers as a table, got a %s", v.Type())
	}
	h, err := fieldsOf(t)
	if err != nil {
		return err
	}
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection"} {
		if h[name] != nil {
			return fmt.Errorf("%s is for the server to set", name)
		}
	}
	for name, values := range h { // into another map: the order does not matter
		a.Header[name] = append(a.Header[name], values...)
	}
	return nil
}

func (s *Server) setBody(a *http.Response, v lua.LValue) error {
	switch v := v.(type) {
	case *lua.LNilType:
	case lua.LString, lua.LNumber:
		text := v.String()
		a.Body, a.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		if a.Header["Content-Type"] == nil {
			a.Header.Set("Content-Type", mediaType(text))
		}
		s.tasks.Charge(len(text) / 64)
	case *lua.LFunction:
		a.Body, a.ContentLength = &pieces{s: s, next: v}, -1
		if a.Header["Content-Type"] == nil {
			a.Header.Set("Content-Type", "text/plain; charset=utf-8")
		}
	default:
		return fmt.Errorf("want a body as text or a function, got a %s", v.Type())
	}
	return nil
}

// pieces is a body that a function of the script gives piece by piece.
type pieces struct {
	s    *Server
	next *lua.LFunction
	left string
	done bool
}

// Read implements io.Reader.
func (p *pieces) Read(b []byte) (int, error) {
	for p.left == "" {
		if p.done {
			return 0, io.EOF
		}
		results, err := p.s.tasks.Call(p.next)
		if err != nil {
			return 0, err
		}
		text := lua.LValue(lua.LNil)
		if len(results) > 0 {
			text = results[0]
		}
		switch text := text.(type) {
		case lua.LString:
			p.left = string(text)
		case *lua.LNilType:
			p.done = true
		default:
			err := fmt.Errorf("http.serve: the function of a body gave a %s, want text or nil", text.Type())
			p.s.tasks.Fail(err)
			return 0, err
		}
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

// Close implements io.Closer.
func (p *pieces) Close() error { return nil }

// setCookies reads the option cookies: a value, or a table that also says for whom and how long, by name.
func (s *Server) setCookies(a *http.Response, v lua.LValue) error {
	t, ok := v.(*lua.LTable)
	if !ok {
		if v == lua.LNil {
			return nil
		}
		return fmt.Errorf("want cookies as a table, got a %s", v.Type())
	}
	values := map[string]lua.LValue{}
	for name, value := range bind.Pairs(t) {
		values[name.String()] = value
	}
	for _, name := range sortedNames(values) {
		k := &http.Cookie{Name: name, Path: "/"}
		if table, ok := values[name].(*lua.LTable); ok {
			k.Value = lua.LVAsString(table.RawGetString("value"))
			if path, ok := table.RawGetString("path").(lua.LString); ok {
				k.Path = string(path)
			}
			k.Domain = lua.LVAsString(table.RawGetString("domain"))
			k.Secure, k.HttpOnly = lua.LVAsBool(table.RawGetString("secure")), lua.LVAsBool(table.RawGetString("http_only"))
			if age, ok := table.RawGetString("max_age").(lua.LNumber); ok {
				if k.MaxAge = int(age); k.MaxAge <= 0 {
					k.MaxAge = -1
				}
			}
			if at, ok := table.RawGetString("expires").(lua.LNumber); ok {
				k.Expires = time.Unix(int64(at), 0).UTC()
			}
		} else {
			k.Value = values[name].String()
		}
		if err := k.Valid(); err != nil {
			return fmt.Errorf("cookie %.40q: %w", name, err)
		}
		a.Header.Add("Set-Cookie", k.String())
	}
	return nil
}

// fieldsOf reads header fields.
func fieldsOf(t *lua.LTable) (http.Header, error) {
	h := http.Header{}
	var failed error
	add := func(name string, v lua.LValue) {
		switch v.(type) {
		case lua.LString, lua.LNumber:
			if err := http.CheckField(name, v.String()); err != nil && failed == nil {
				failed = err
			}
			h.Add(name, strings.Trim(v.String(), " \t"))
		default:
			failed = fmt.Errorf("want field %s as text or a list of texts, got a %s", name, v.Type())
		}
	}
	for k, v := range bind.Pairs(t) {
		list, ok := v.(*lua.LTable)
		if !ok {
			add(k.String(), v)
			continue
		}
		for i := 1; i <= list.Len(); i++ {
			add(k.String(), list.RawGetInt(i))
		}
	}
	return h, failed
}

// mediaType says what a body is. A page need not have all that a page should have.
func mediaType(body string) string {
	start := strings.TrimLeft(body[:min(len(body), 512)], " \t\r\n")
	media := nethttp.DetectContentType([]byte(start))
	if strings.HasPrefix(media, "text/plain") && len(start) > 1 && start[0] == '<' && (start[1] >= 'a' && start[1] <= 'z' || start[1] >= 'A' && start[1] <= 'Z') {
		return "text/html; charset=utf-8"
	}
	return media
}
