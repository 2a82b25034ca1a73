package http

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Files are a folder as a web site: paths of URLs are names below Root, which they cannot leave.
type Files struct {
	FS       afero.Fs
	Root     string
	Index    []string // what stands for a folder; nil means index.html
	Writable bool     // PUT and DELETE are allowed
	List     bool     // a folder without an index is listed

	boundaries int // of multipart answers
	stored     int // files by PUT
}

// Answer is the handler of the site.
func (s *Files) Answer(r *Request) *Response {
	name, f := s.name(r.URL.Path)
	if f != nil && (r.RequestURI != "*" || r.Method != "OPTIONS") {
		return refusal(f)
	}
	switch r.Method {
	case "GET", "HEAD":
		return s.get(r, name)
	case "PUT":
		if s.Writable {
			return s.put(r, name)
		}
	case "DELETE":
		if s.Writable {
			return s.delete(r, name)
		}
	case "OPTIONS":
		a := Empty(204)
		a.Header.Set("Allow", s.allowed())
		return a
	case "POST", "PATCH", "TRACE":
	default:
		return Text(501, fmt.Sprintf("501 Not Implemented: method %.40q", r.Method))
	}
	a := Status(405)
	a.Header.Set("Allow", s.allowed())
	return a
}

func (s *Files) allowed() string {
	if s.Writable {
		return "GET, HEAD, OPTIONS, PUT, DELETE"
	}
	return "GET, HEAD, OPTIONS"
}

// name returns the file of a path, which has been decoded.
func (s *Files) name(p string) (string, *Fault) {
	if !strings.HasPrefix(p, "/") || badValue(p) >= 0 || strings.Contains(p, "\t") {
		return "", fault(400, "path %.60q", p)
	}
	if slices.Contains(strings.Split(p, "/"), "..") {
		return "", fault(400, "a path that leads upwards")
	}
	return path.Join("/", s.Root, p), nil
}

// problem answers for an error of the file system.
func problem(err error) *Response {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		return Status(404)
	case errors.Is(err, fs.ErrPermission):
		return Status(403)
	case errors.Is(err, stack.ErrNoSpace):
		return Status(507)
	}
	return Status(500)
}

func (s *Files) get(r *Request, name string) *Response {
	info, err := s.FS.Stat(name)
	if err != nil {
		return problem(err)
	}
	folder := strings.HasSuffix(r.URL.Path, "/")
	switch {
	case info.IsDir() && !folder:
		return Redirect(301, (&url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/") + "/", RawQuery: r.URL.RawQuery}).String())
	case info.IsDir():
		return s.index(r, name)
	case folder:
		return Status(404)
	}
	return s.file(r, name, info)
}

// Redirect sends a client elsewhere.
func Redirect(status int, location string) *Response {
	a := Status(status)
	a.Header.Set("Location", location)
	return a
}

func (s *Files) index(r *Request, folder string) *Response {
	names := s.Index
	if names == nil {
		names = []string{"index.html"}
	}
	for _, n := range names {
		name := path.Join(folder, n)
		if info, err := s.FS.Stat(name); err == nil && !info.IsDir() {
			return s.file(r, name, info)
		}
	}
	if !s.List {
		return Status(403)
	}
	return s.listing(r, folder)
}

func (s *Files) file(r *Request, name string, info fs.FileInfo) *Response {
	f, err := s.FS.Open(name)
	if err != nil {
		return problem(err)
	}
	media := MediaType(name)
	if media == "" {
		var start [512]byte
		n, _ := io.ReadFull(f, start[:])
		media = nethttp.DetectContentType(start[:n])
	}
	s.boundaries++
	return Content(r, f, entity(info, media), s.boundaries)
}

func entity(info fs.FileInfo, media string) Entity {
	return Entity{Type: media, Size: info.Size(), Modified: info.ModTime(), Tag: fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size())}
}

// put makes or replaces a file (RFC 9110 9.3.4). A body that breaks off leaves the old one.
func (s *Files) put(r *Request, name string) *Response {
	if strings.HasSuffix(r.URL.Path, "/") || r.Header.Get("Content-Range") != "" {
		return Status(400)
	}
	info, err := s.FS.Stat(name)
	there := err == nil
	if there && info.IsDir() {
		return Status(409)
	}
	if there {
		if a := precondition(r, entity(info, "")); a != nil {
			return a
		}
	} else if r.Header.Get("If-Match") != "" {
		return Status(412)
	}
	part := s.unused(name)
	if err := s.store(part, r.Body); err != nil {
		s.FS.Remove(part)
		return problem(err)
	}
	if err := s.FS.Rename(part, name); err != nil {
		s.FS.Remove(part)
		return problem(err)
	}
	if there {
		return Empty(204)
	}
	a := Status(201)
	a.Header.Set("Location", (&url.URL{Path: r.URL.Path}).String())
	return a
}

// unused returns a name beside that of a file that comes, and of no other.
func (s *Files) unused(name string) string {
	for {
		s.stored++
		part := fmt.Sprintf("%s.%d.part", name, s.stored)
		if _, err := s.FS.Stat(part); err != nil {
			return part
		}
	}
}

func (s *Files) store(name string, from io.Reader) error {
	if err := s.FS.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := s.FS.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func (s *Files) delete(r *Request, name string) *Response {
	info, err := s.FS.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return Status(403)
	case err == nil && strings.HasSuffix(r.URL.Path, "/"):
		return Status(404)
	case err == nil:
		if a := precondition(r, entity(info, "")); a != nil {
			return a
		}
		err = s.FS.Remove(name)
	}
	if err != nil {
		return problem(err)
	}
	return Empty(204)
}

// listing is a page of what is in a folder.
func (s *Files) listing(r *Request, folder string) *Response {
	list, err := afero.ReadDir(s.FS, folder)
	if err != nil {
		return problem(err)
	}
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<title>" + escaped(r.URL.Path) + "</title>\n<ul>\n")
	for _, info := range list {
		name := info.Name()
		if info.IsDir() {
			name += "/"
		}
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a> %d</li>\n", escaped((&url.URL{Path: "./" + name}).String()), escaped(name), info.Size())
	}
	b.WriteString("</ul>\n")
	return Bytes(200, "text/html; charset=utf-8", []byte(b.String()))
}
