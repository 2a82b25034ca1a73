package http

import (
	"bytes"
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Fetched is one object of a page, and when it came.
type Fetched struct {
	URL    string
	Answer *Response // its Body has been read; nil if there is none
	Body   []byte
	Err    error
	Began  time.Time // when the client turned to it, and opened a connection for it if it needed one
	First  time.Time // when the head of the answer had come
	Ended  time.Time // when all had come
}

// maxObjects is how many objects of a page are fetched. Their bodies together may be as long as that of one answer.
const maxObjects = 1000

// Page fetches a page and, as browsers do, all that it shows: pictures, style sheets, scripts. The page itself is the first.
func (c *Client) Page(target string) ([]Fetched, error) {
	r, err := NewRequest("GET", target, nil)
	if err != nil {
		return nil, err
	}
	c.left, c.home = c.largest(), hostPort(r.URL)
	defer func() { c.left, c.home = 0, "" }()
	page := c.one(r)
	all := []Fetched{page}
	if page.Err != nil {
		return all, page.Err
	}
	if media, _, _ := strings.Cut(page.Answer.Header.Get("Content-Type"), ";"); media != "text/html" {
		return all, nil
	}
	var requests []*Request
	for _, u := range references(page.Answer.Request.URL, page.Body) {
		if r, err := NewRequest("GET", u, nil); err == nil {
			requests = append(requests, r)
		}
	}
	return append(all, c.fetch(requests)...), nil
}

// Fetch makes requests in the client's mode and reads the answers, whose bodies together may be as long as that of one. What comes back is in the
// order of the requests. In mode Pipelined they should be such that do no harm when they are made twice.
func (c *Client) Fetch(requests []*Request) []Fetched {
	c.left = c.largest()
	defer func() { c.left = 0 }()
	return c.fetch(requests)
}

func (c *Client) fetch(requests []*Request) []Fetched {
	all := make([]Fetched, len(requests))
	switch c.Mode {
	case Parallel:
		c.parallel(requests, all)
	case Pipelined:
		for i := 0; i < len(requests); {
			i += c.pipeline(requests[i:], all[i:])
		}
	default:
		for i, r := range requests {
			all[i] = c.one(r)
		}
	}
	return all
}

// one makes a request and reads the answer.
func (c *Client) one(r *Request) Fetched {
	f := Fetched{URL: r.URL.String(), Began: c.Stack.Now()}
	f.Answer, f.Err = c.Do(r)
	f.First = c.Stack.Now()
	f.read(c)
	return f
}

func (f *Fetched) read(c *Client) {
	if f.Err == nil {
		f.Body, f.Err = io.ReadAll(&rationed{f.Answer.Body, &c.left})
		f.Answer.Body.Close()
	}
	f.Ended = c.Stack.Now()
}

// Fetched returns how many bytes have come so far of the page, or of what Fetch was given, that is being fetched now.
func (c *Client) Fetched() int64 {
	if c.left == 0 {
		return 0
	}
	return c.largest() - c.left
}

// A rationed body is one of several that share what is left.
type rationed struct {
	io.Reader
	left *int64
}

// Read implements io.Reader.
func (r *rationed) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if *r.left -= int64(n); *r.left < 0 {
		return 0, &AnswerError{"the objects together are longer than the limit of one answer", "too-long"}
	}
	return n, err
}

// parallel fetches with several tasks at a time.
func (c *Client) parallel(requests []*Request, all []Fetched) {
	var done sim.Queue
	next, working := 0, 0
	work := func() {
		for next < len(requests) {
			i := next
			next++
			all[i] = c.one(requests[i])
		}
		working--
		done.Wake()
	}
	most := c.Most
	if most <= 0 {
		most = 10
	}
	spawn := c.Go
	if spawn == nil {
		spawn = func(name string, f func()) bool { c.Stack.Go(name, f); return true }
	}
	for range min(most, len(requests)) {
		working++
		if !spawn("http fetch", work) {
			working--
			break
		}
	}
	if working == 0 {
		working++
		work() // there may be no more tasks
	}
	for working > 0 {
		c.Stack.Scheduler().Wait(sim.Wait{Call: "fetch"}, time.Time{}, &done)
	}
}

// window is how many requests may wait for their answers on a connection: a server that has to send answers that nobody reads reads no more
// requests.
const window = 100

// pipeline asks for those of the first requests that go to the same server all at once, and returns for how many there are answers, at
// least one. What the server leaves unanswered is asked again, by itself if there was no answer at all, and so is what it wants a password for, or
// sends elsewhere.
func (c *Client) pipeline(requests []*Request, all []Fetched) int {
	n := 1
	for n < min(len(requests), window) && c.key(requests[n]) == c.key(requests[0]) {
		n++
	}
	requests = requests[:n]
	began := c.Stack.Now()
	conn, err := c.conn(requests[0], true)
	if err != nil {
		all[0] = Fetched{URL: requests[0].URL.String(), Began: began, Err: err, Ended: c.Stack.Now()}
		return 1
	}
	for _, given := range requests {
		r := c.prepared(given)
		if c.signs(r, cmp.Or(c.home, hostPort(r.URL))) {
			c.sign(r)
		}
		if err := conn.send(r, c.proxied(r)); err != nil {
			break
		}
	}
	got := 0
	for got < len(requests) {
		f := Fetched{URL: requests[got].URL.String(), Began: began}
		if f.Answer, err = conn.Receive(); err != nil {
			break
		}
		c.learn(requests[got], f.Answer)
		f.First = c.Stack.Now()
		f.read(c)
		all[got] = f
		got++
	}
	if conn.Free() {
		c.keep(requests[0], conn)
	} else {
		conn.Close()
	}
	if got == 0 {
		all[0] = c.one(requests[0])
		return 1
	}
	for i, r := range requests[:got] {
		if a := all[i].Answer; a.StatusCode == 401 && c.signs(r, cmp.Or(c.home, hostPort(r.URL))) && c.grant(r, a) != nil || c.Redirects > 0 && redirected(r, a) != nil {
			all[i] = c.one(r)
		}
	}
	return got
}

// references returns the URLs of what a page shows, each once, in the order of the page.
func references(base *url.URL, page []byte) []string {
	var list []string
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(1 << 20)
	for len(list) < maxObjects {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		if t.Data == "base" {
			if u, err := base.Parse(attribute(t, "href")); err == nil {
				base = u
			}
			continue
		}
		for _, i := range Shown(t) {
			u, err := base.Parse(strings.TrimSpace(t.Attr[i].Val))
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			u.Fragment = ""
			if s := u.String(); !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// Shown returns the indexes of those attributes of an element whose URLs a page shows as a part of itself: pictures, scripts, style sheets, icons, sound,
// video and frames, but not what it only links to.
func Shown(t html.Token) (list []int) {
	for i, a := range t.Attr {
		switch {
		case a.Val == "":
		case a.Key == "src" && slices.Contains([]string{"img", "script", "iframe", "embed", "audio", "video", "source", "input"}, t.Data),
			a.Key == "poster" && t.Data == "video", a.Key == "href" && t.Data == "link" && shows(attribute(t, "rel")):
			list = append(list, i)
		}
	}
	return list
}

// shows reports whether an element link with these relations is part of the page.
func shows(relations string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(relations)), func(r string) bool { return r == "stylesheet" || r == "icon" })
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
