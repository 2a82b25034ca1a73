package http

import (
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	nethttp "net/http"
)

// An Entity is what a server knows of the content that it could send.
type Entity struct {
	Type     string
	Size     int64
	Modified time.Time // zero if nobody knows
	Tag      string    // with its quotes (RFC 9110 8.8.3); "" without one
}

// Content answers GET and HEAD with content, or with the ranges of it that are asked for, or, if the request has conditions that do not
// hold, without it (RFC 9110 13 and 14). It closes content, at the latest with the answer's body. n tells answers of several ranges apart.
func Content(r *Request, content io.ReadSeekCloser, e Entity, n int) *Response {
	if a := precondition(r, e); a != nil {
		content.Close()
		return a
	}
	a := Empty(200)
	e.describe(a)
	a.Header.Set("Content-Type", e.Type)
	a.Header.Set("Accept-Ranges", "bytes")
	ranges, err := wanted(r, e)
	switch {
	case err != nil:
		content.Close()
		a := refusal(fault(416, "%v", err))
		a.Header.Set("Content-Range", fmt.Sprintf("bytes */%d", e.Size))
		return a
	case len(ranges) == 1:
		a.StatusCode = 206
		a.Header.Set("Content-Range", ranges[0].field(e.Size))
		a.Body, a.ContentLength = &section{content, ranges, nil, 0}, ranges[0].length
	case len(ranges) > 1:
		a.StatusCode = 206
		parts := newByteranges(e, ranges, n)
		a.Header.Set("Content-Type", "multipart/byteranges; boundary="+parts.boundary)
		a.Body, a.ContentLength = &section{content, ranges, parts.heads, 0}, parts.size
	default:
		a.Body, a.ContentLength = &section{content, []byteRange{{0, e.Size}}, nil, 0}, e.Size
	}
	if a.ContentLength == 0 {
		content.Close()
		a.Body = nethttp.NoBody
	}
	return a
}

// describe sets the fields by which a client can ask whether it has the content already.
func (e Entity) describe(a *Response) {
	if !e.Modified.IsZero() {
		a.Header.Set("Last-Modified", Date(e.Modified))
	}
	if e.Tag != "" {
		a.Header["Etag"] = []string{e.Tag}
	}
}

// precondition returns the answer to a request whose conditions do not hold, in their order (RFC 9110 13.2.2), or nil.
func precondition(r *Request, e Entity) *Response {
	reading := r.Method == "GET" || r.Method == "HEAD"
	if list := r.Header.Values("If-Match"); len(list) > 0 {
		if !matches(list, e.Tag, false) {
			return Status(412)
		}
	} else if since, ok := date(r, "If-Unmodified-Since"); ok && e.after(since) {
		return Status(412)
	}
	if list := r.Header.Values("If-None-Match"); len(list) > 0 {
		if !matches(list, e.Tag, true) {
			return nil
		}
		if !reading {
			return Status(412)
		}
	} else if since, ok := date(r, "If-Modified-Since"); !ok || !reading || e.Modified.IsZero() || e.after(since) {
		return nil
	}
	a := Empty(304)
	e.describe(a)
	return a
}

// after reports whether the content has changed after an instant of whole seconds.
func (e Entity) after(t time.Time) bool { return e.Modified.Truncate(time.Second).After(t) }

func date(r *Request, field string) (time.Time, bool) {
	text := r.Header.Get(field)
	if text == "" {
		return time.Time{}, false
	}
	t, err := nethttp.ParseTime(text)
	return t, err == nil
}

// matches reports whether one of the tags of a field is tag (RFC 9110 8.8.3.2). weak says that W/ does not matter.
func matches(list []string, tag string, weak bool) bool {
	for _, item := range List(list) {
		switch {
		case item == "*":
			return true
		case weak && strings.TrimPrefix(item, "W/") == strings.TrimPrefix(tag, "W/") && tag != "":
			return true
		case item == tag && tag != "" && !strings.HasPrefix(tag, "W/"):
			return true
		}
	}
	return false
}

// A byteRange is some of the bytes of a content.
type byteRange struct{ start, length int64 }

// field is its Content-Range.
func (b byteRange) field(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", b.start, b.start+b.length-1, size)
}

// maxRanges is how many ranges an answer may have. A request for more, or for more bytes than there are, gets the whole content: many
// small or overlapping ranges are a way to make a server send much (RFC 9110 14.2).
const maxRanges = 16

var errNoRange = errors.New("no byte of it is there")

// wanted returns the ranges that are to be sent, none for all, or an error where none of them is there.
func wanted(r *Request, e Entity) ([]byteRange, error) {
	text := r.Header.Get("Range")
	if r.Method != "GET" || text == "" || len(r.Header["Range"]) > 1 {
		return nil, nil
	}
	if condition := r.Header.Get("If-Range"); condition != "" {
		t, err := nethttp.ParseTime(condition)
		same := err == nil && !e.Modified.IsZero() && e.Modified.Truncate(time.Second).Equal(t) || condition == e.Tag && !strings.HasPrefix(condition, "W/")
		if !same {
			return nil, nil
		}
	}
	ranges, ok := parseRange(text, e.Size)
	if !ok {
		return nil, nil
	}
	if len(ranges) == 0 {
		return nil, errNoRange
	}
	var sum int64
	for _, b := range ranges {
		sum += b.length
	}
	if len(ranges) > maxRanges || len(ranges) > 1 && sum > e.Size {
		return nil, nil
	}
	return ranges, nil
}

// parseRange reads a Range (RFC 9110 14.1.2) of a content: those ranges of which something is there. It is false for what is to be ignored.
func parseRange(text string, size int64) (ranges []byteRange, ok bool) {
	unit, list, found := strings.Cut(text, "=")
	if !found || !strings.EqualFold(textproto.TrimString(unit), "bytes") || len(text) > 1000 {
		return nil, false
	}
	some := false
	for item := range strings.SplitSeq(list, ",") {
		item = textproto.TrimString(item)
		if item == "" {
			continue
		}
		some = true
		first, last, found := strings.Cut(item, "-")
		if !found || first == "" && last == "" || first != "" && !isNumber(first) || last != "" && !isNumber(last) {
			return nil, false
		}
		from, _ := strconv.ParseInt(first, 10, 64)
		to, _ := strconv.ParseInt(last, 10, 64)
		switch {
		case first == "":
			from, to = max(size-to, 0), size-1
		case last != "" && to < from:
			return nil, false
		case last == "" || to >= size:
			to = size - 1
		}
		if from < size && from <= to {
			ranges = append(ranges, byteRange{from, to - from + 1})
		}
	}
	return ranges, some
}

// byteranges are the heads of the parts of an answer with several ranges (RFC 9110 14.6).
type byteranges struct {
	boundary string
	heads    []string // one for each range, and the end
	size     int64    // of heads and ranges
}

func newByteranges(e Entity, ranges []byteRange, n int) byteranges {
	p := byteranges{boundary: fmt.Sprintf("THIS_STRING_SEPARATES_%08d", n)}
	for i, b := range ranges {
		between := "\r\n"
		if i == 0 {
			between = ""
		}
		head := fmt.Sprintf("%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n", between, p.boundary, e.Type, b.field(e.Size))
		p.heads = append(p.heads, head)
		p.size += int64(len(head)) + b.length
	}
	end := "\r\n--" + p.boundary + "--\r\n"
	p.heads = append(p.heads, end)
	p.size += int64(len(end))
	return p
}

// A section reads ranges of a content one after the other, each behind its head if there are heads.
type section struct {
	content io.ReadSeekCloser
	ranges  []byteRange
	heads   []string
	left    int64 // of the range that was begun
}

// Read implements io.Reader.
func (s *section) Read(p []byte) (int, error) {
	for {
		switch {
		case s.left > 0:
			n, err := s.content.Read(p[:min(int64(len(p)), s.left)])
			s.left -= int64(n)
			if err == io.EOF && s.left > 0 {
				return n, io.ErrUnexpectedEOF // the file has become shorter
			} else if n > 0 || err != io.EOF {
				return n, err
			}
		case len(s.heads) > 0 && s.heads[0] != "":
			n := copy(p, s.heads[0])
			s.heads[0] = s.heads[0][n:]
			return n, nil
		case len(s.ranges) == 0:
			return 0, io.EOF
		default:
			if len(s.heads) > 0 {
				s.heads = s.heads[1:]
			}
			if _, err := s.content.Seek(s.ranges[0].start, io.SeekStart); err != nil {
				return 0, err
			}
			s.left, s.ranges = s.ranges[0].length, s.ranges[1:]
		}
	}
}

// Close implements io.Closer.
func (s *section) Close() error { return s.content.Close() }
