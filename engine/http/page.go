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

// A visit is what Page, or Fetch, does for one caller. Several may go on at a time.
type visit struct {
	*Client
	home string // host and port of the page; "" if each request has its own
	most int64  // bytes that the bodies may have together
	n    int64  // that they have so far
}

func (c *Client) visit(home string) *visit { return &visit{Client: c, home: home, most: c.largest()} }

func (v *visit) end() { v.fetched -= v.n }

// homeOf is the server that may be shown the password, for a request.
func (v *visit) homeOf(r *Request) string { return cmp.Or(v.home, hostPort(r.URL)) }

// Page fetches a page and, as browsers do, all that it shows: pictures, style sheets, scripts. The page itself is the first.
func (c *Client) Page(target string) ([]Fetched, error) {
	r, err := NewRequest("GET", target, nil)
	if err != nil {
		return nil, err
	}
	v := c.visit(hostPort(r.URL))
	defer v.end()
	page := v.one(r)
	all := []Fetched{page}
	if page.Err != nil {
		return all, page.Err
	}
	if media, _, _ := strings.Cut(page.Answer.Header.Get("Content-Type"), ";"); media != "text/html" {
		return all, nil
	}
	var requests []*Request
	for _, u := range v.references(page.Answer.Request.URL, page.Body) {
		if r, err := NewRequest("GET", u, nil); err == nil {
			requests = append(requests, r)
		}
	}
	return append(all, v.fetch(requests)...), nil
}

// Fetch makes requests in the client's mode and reads the answers, whose bodies together may be as long as that of one. What comes back is in the
// order of the requests. In mode Pipelined they should be such that do no harm when they are made twice.
func (c *Client) Fetch(requests []*Request) []Fetched {
	v := c.visit("")
	defer v.end()
	return v.fetch(requests)
}

func (v *visit) fetch(requests []*Request) []Fetched {
	all := make([]Fetched, len(requests))
	switch v.Mode {
	case Parallel:
		v.parallel(requests, all)
	case Pipelined:
		for i := 0; i < len(requests); {
			i += v.pipeline(requests[i:], all[i:])
		}
	default:
		for i, r := range requests {
			all[i] = v.one(r)
		}
	}
	return all
}

// one makes a request and reads the answer.
func (v *visit) one(r *Request) Fetched {
	f := Fetched{URL: r.URL.String(), Began: v.Stack.Now()}
	f.Answer, f.Err = v.do(r, v.homeOf(r))
	f.First = v.Stack.Now()
	v.read(&f)
	return f
}

func (v *visit) read(f *Fetched) {
	if f.Err == nil {
		f.Body, f.Err = io.ReadAll(&rationed{f.Answer.Body, v})
		f.Answer.Body.Close()
	}
	f.Ended = v.Stack.Now()
}

// Fetched returns how many bytes have come so far of the pages, and of what Fetch was given, that are being fetched now.
func (c *Client) Fetched() int64 { return c.fetched }

// A rationed body is one of several of a visit.
type rationed struct {
	io.Reader
	v *visit
}

// Read implements io.Reader.
func (r *rationed) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.v.n += int64(n)
	r.v.fetched += int64(n)
	if r.v.n > r.v.most {
		return 0, &AnswerError{"the objects together are longer than the limit of one answer", "too-long"}
	}
	return n, err
}

// parallel fetches with several tasks at a time.
func (v *visit) parallel(requests []*Request, all []Fetched) {
	var done sim.Queue
	next, working := 0, 0
	work := func() {
		for next < len(requests) {
			i := next
			next++
			all[i] = v.one(requests[i])
		}
		working--
		done.Wake()
	}
	most := v.Most
	if most <= 0 {
		most = 10
	}
	spawn := v.Go
	if spawn == nil {
		spawn = func(name string, f func()) bool { v.Stack.Go(name, f); return true }
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
		v.Stack.Scheduler().Wait(sim.Wait{Call: "fetch"}, time.Time{}, &done)
	}
}

// window is how many requests may wait for their answers on a connection: a server that has to send answers that nobody reads reads no more
// requests.
const window = 100

// pipeline asks for those of the first requests that go to the same server all at once, and returns for how many there are answers, at
// least one. What the server leaves unanswered is asked again, by itself if there was no answer at all, and so is what it wants a password for, or
// sends elsewhere.
func (v *visit) pipeline(requests []*Request, all []Fetched) int {
	n := 1
	for n < min(len(requests), window) && v.key(requests[n]) == v.key(requests[0]) {
		n++
	}
	requests = requests[:n]
	began := v.Stack.Now()
	conn, err := v.conn(requests[0], true)
	if err != nil {
		all[0] = Fetched{URL: requests[0].URL.String(), Began: began, Err: err, Ended: v.Stack.Now()}
		return 1
	}
	for _, given := range requests {
		r := v.prepared(given)
		if v.signs(r, v.homeOf(r)) {
			v.sign(r)
		}
		if err := conn.send(r, v.proxied(r)); err != nil {
			break
		}
	}
	got := 0
	for got < len(requests) {
		f := Fetched{URL: requests[got].URL.String(), Began: began}
		if f.Answer, err = conn.Receive(); err != nil {
			break
		}
		v.learn(requests[got], f.Answer)
		f.First = v.Stack.Now()
		v.read(&f)
		all[got] = f
		got++
	}
	if conn.Free() {
		v.keep(requests[0], conn)
	} else {
		conn.Close()
	}
	if got == 0 {
		all[0] = v.one(requests[0])
		return 1
	}
	for i, r := range requests[:got] {
		if a := all[i].Answer; a.StatusCode == 401 && v.signs(r, v.homeOf(r)) && v.grant(r, a) != nil || v.Redirects > 0 && redirected(r, a) != nil {
			all[i] = v.one(r)
		}
	}
	return got
}

// referenceCost is the work that a URL in a page makes.
const referenceCost = 100

// references returns the URLs of what a page shows, each once, in the order of the page.
func (v *visit) references(base *url.URL, page []byte) []string {
	charge := v.Charge
	if charge == nil {
		charge = func(int) {}
	}
	var list []string
	seen := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(1 << 20)
	for len(list) < maxObjects {
		kind := z.Next()
		charge(4 + len(z.Raw())/16)
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
			charge(referenceCost)
			u, err := base.Parse(strings.TrimSpace(t.Attr[i].Val))
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			u.Fragment = ""
			if s := u.String(); !seen[s] {
				seen[s] = true
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
