package webcache

import (
	"container/list"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// An object is what is kept of one URL: an answer for each kind of request that the origin tells apart.
type object struct {
	url      string
	variants []*variant
}

// A variant is a stored answer.
type variant struct {
	url      string // "" before it is kept
	status   int
	reason   string
	header   http.Header
	body     []byte
	said     directives
	chooses  map[string]string // of the fields that Vary names, what the request had
	date     time.Time
	asked    time.Time // when the request went out
	received time.Time // when the answer came
}

// overhead is what a variant takes besides its texts, in bytes.
const overhead = 500

// maxVariants is how many answers there are for one URL.
const maxVariants = 16

func (v *variant) size() int64 {
	n := int64(len(v.body)+len(v.url)) + overhead
	for name, values := range v.header { // a sum: the order does not matter
		for _, value := range values {
			n += int64(len(name) + len(value))
		}
	}
	for name, value := range v.chooses { // likewise
		n += int64(len(name) + len(value))
	}
	return n
}

// key names what a URL stands for; hosts are alike whatever their case, and the usual port may be left out (RFC 9110 4.2.3).
func key(u *url.URL) string {
	k := *u
	k.Scheme, k.Host, k.Fragment = strings.ToLower(k.Scheme), strings.TrimSuffix(strings.ToLower(k.Host), ":80"), ""
	if k.Path == "" {
		k.Path = "/"
	}
	return k.String()
}

// varying returns the fields that the answer depends on, with what a request has in them (RFC 9111 4.1).
func varying(r *http.Request, a http.Header) map[string]string {
	var fields map[string]string
	for _, item := range http.List(a["Vary"]) {
		if fields == nil {
			fields = map[string]string{}
		}
		name := nethttp.CanonicalHeaderKey(item)
		fields[name] = normal(r, name)
	}
	return fields
}

// normal is the value of a field without the spaces that do not count.
func normal(r *http.Request, name string) string { return strings.Join(http.List(r.Header[name]), ",") }

func (v *variant) serves(r *http.Request) bool {
	for name, value := range v.chooses { // all have to hold: the order does not matter
		if normal(r, name) != value {
			return false
		}
	}
	return true
}

// find returns the answer for a request, or nil. The newest that fits counts.
func (c *Cache) find(r *http.Request) *variant {
	e := c.objects[key(r.URL)]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	variants := e.Value.(*object).variants
	for i := len(variants) - 1; i >= 0; i-- {
		if variants[i].serves(r) {
			return variants[i]
		}
	}
	return nil
}

// keep stores an answer in place of that for the same requests.
func (c *Cache) keep(r *http.Request, v *variant) {
	if c.objects == nil {
		c.objects = map[string]*list.Element{}
	}
	k := key(r.URL)
	v.url = k
	e := c.objects[k]
	if e == nil {
		e = c.recent.PushFront(&object{url: k})
		c.objects[k] = e
	}
	c.recent.MoveToFront(e)
	o := e.Value.(*object)
	o.variants = slices.DeleteFunc(o.variants, func(old *variant) bool {
		if old.serves(r) {
			c.bytes -= old.size()
		}
		return old.serves(r)
	})
	if len(o.variants) >= maxVariants {
		c.evict(e)
	}
	o.variants = append(o.variants, v)
	c.bytes += v.size()
	c.trim()
}

// trim makes room: what was used least goes first, and of one object the oldest answer.
func (c *Cache) trim() {
	for c.bytes > c.maxBytes() {
		e := c.recent.Back()
		if c.recent.Len() == 1 {
			c.evict(e)
			continue
		}
		c.stats.Evicted += len(e.Value.(*object).variants)
		c.drop(e)
	}
}

// evict takes the oldest answer away from an object.
func (c *Cache) evict(e *list.Element) {
	o := e.Value.(*object)
	c.bytes -= o.variants[0].size()
	c.stats.Evicted++
	if o.variants = slices.Delete(o.variants, 0, 1); len(o.variants) == 0 {
		c.drop(e)
	}
}

// holds reports whether an answer is kept yet.
func (c *Cache) holds(v *variant) bool {
	e := c.objects[v.url]
	return e != nil && slices.Contains(e.Value.(*object).variants, v)
}

func (c *Cache) drop(e *list.Element) {
	o := e.Value.(*object)
	for _, v := range o.variants {
		c.bytes -= v.size()
	}
	delete(c.objects, o.url)
	c.recent.Remove(e)
}

// Purge forgets what is kept of a URL, and reports whether there was anything.
func (c *Cache) Purge(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	e := c.objects[key(u)]
	if e != nil {
		c.drop(e)
	}
	return e != nil
}

// Clear forgets everything that is kept; counters stay.
func (c *Cache) Clear() {
	for c.recent.Len() > 0 {
		c.drop(c.recent.Back())
	}
}

// A Kept is a stored answer.
type Kept struct {
	URL    string
	Status int
	Size   int64         // of the body
	Age    time.Duration // since the origin made it
	Fresh  time.Duration // for which it is fresh yet; less than 0: since when it is stale
	Vary   string        // the fields of requests that choose it
}

// List returns what is kept, what was used last first.
func (c *Cache) List() []Kept {
	now := c.Stack.Now()
	var all []Kept
	for e := c.recent.Front(); e != nil; e = e.Next() {
		o := e.Value.(*object)
		for _, v := range o.variants {
			age := v.age(now)
			all = append(all, Kept{o.url, v.status, int64(len(v.body)), age, c.lifetime(v) - age, strings.Join(v.header["Vary"], ", ")})
		}
	}
	return all
}
