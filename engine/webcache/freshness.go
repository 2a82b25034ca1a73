package webcache

import (
	nethttp "net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// directives are those of Cache-Control by name in lower case (RFC 9111 5.2); a directive without an argument has "".
type directives map[string]string

// parseDirectives reads the fields Cache-Control of a message. Of a directive that is there twice the first counts.
func parseDirectives(h http.Header) directives {
	values := h["Cache-Control"]
	if len(values) == 0 {
		return nil
	}
	d := directives{}
	for _, item := range http.List(values) {
		name, value, _ := strings.Cut(item, "=")
		name = strings.ToLower(textproto.TrimString(name))
		if _, twice := d[name]; name != "" && !twice {
			d[name] = strings.Trim(textproto.TrimString(value), `"`)
		}
	}
	return d
}

func (d directives) has(name string) bool { _, ok := d[name]; return ok }

// seconds returns the argument of a directive. One that is no number is 0: what is not understood is not fresh (RFC 9111 4.2.1).
func (d directives) seconds(name string) (time.Duration, bool) {
	text, ok := d[name]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, true
	}
	return time.Duration(min(n, 1<<31)) * time.Second, true
}

// storable reports whether the answer to a request may be kept by a shared cache (RFC 9111 3).
func storable(r *http.Request, a *http.Response) bool {
	asked, said := parseDirectives(r.Header), parseDirectives(a.Header)
	switch {
	case r.Method != "GET" || a.StatusCode < 200 || selected(a.StatusCode):
		return false
	case asked.has("no-store") || said.has("no-store") || said.has("private"):
		return false
	case r.Header.Get("Authorization") != "" && !said.has("public") && !said.has("s-maxage") && !said.has("must-revalidate"):
		return false
	case slices.Contains(http.List(a.Header["Vary"]), "*"):
		return false
	}
	explicit := said.has("public") || said.has("max-age") || said.has("s-maxage") || a.Header.Get("Expires") != ""
	return explicit || heuristic(a.StatusCode)
}

// selected reports whether answers of a status come of the ranges, the conditions or the sheer length of one request: nobody else is to get them.
func selected(status int) bool {
	switch status {
	case 206, 304, 412, 416, 431:
		return true
	}
	return false
}

// heuristic reports whether answers of a status may be fresh without saying so (RFC 9110 15.1).
func heuristic(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// lifetime returns how long an answer is fresh from the time at which the origin made it (RFC 9111 4.2.1).
func (c *Cache) lifetime(v *variant) time.Duration {
	if d, ok := v.said.seconds("s-maxage"); ok {
		return d
	}
	if d, ok := v.said.seconds("max-age"); ok {
		return d
	}
	if text := v.header.Get("Expires"); text != "" {
		t, err := nethttp.ParseTime(text)
		if err != nil {
			return 0 // such as "0": it has expired (RFC 9111 5.3)
		}
		return bounded(t.Sub(v.date))
	}
	part := c.Heuristic
	if part == 0 {
		part = 0.1
	}
	changed, err := nethttp.ParseTime(v.header.Get("Last-Modified"))
	if err != nil || part < 0 || !heuristic(v.status) {
		return 0
	}
	return min(time.Duration(float64(bounded(v.date.Sub(changed)))*part), orElse(c.Longest, 24*time.Hour))
}

// bounded keeps a duration within 68 years, so that some of them can be added: clocks show anything (RFC 9111 1.2.2).
func bounded(d time.Duration) time.Duration {
	const most = time.Second << 31
	return min(max(d, -most), most)
}

// age returns how old an answer is (RFC 9111 4.2.3).
func (v *variant) age(now time.Time) time.Duration {
	apparent := max(bounded(v.received.Sub(v.date)), 0)
	said, _ := directives{"age": v.header.Get("Age")}.seconds("age")
	return max(apparent, said+v.received.Sub(v.asked)) + now.Sub(v.received)
}

// A use says what may be done with a stored answer for a request.
type use int

const (
	fresh    use = iota // it is the answer
	validate            // the origin has to be asked first
)

// judge says what a request allows to be done with a stored answer (RFC 9111 4.2, 5.2.1).
func (c *Cache) judge(r *http.Request, v *variant, now time.Time) use {
	asked := parseDirectives(r.Header)
	age, left := v.age(now), c.lifetime(v)-v.age(now)
	if asked.has("no-cache") || v.said.has("no-cache") {
		return validate
	}
	if most, ok := asked.seconds("max-age"); ok && age > most {
		return validate
	}
	if least, ok := asked.seconds("min-fresh"); ok && left < least {
		return validate
	}
	if left > 0 {
		return fresh
	}
	if asked.has("max-stale") && !v.strict() {
		if most, _ := asked.seconds("max-stale"); asked["max-stale"] == "" || -left <= most {
			return fresh
		}
	}
	return validate
}

// strict reports whether an answer must not be used when it is stale, whatever happens (RFC 9111 5.2.2.2).
func (v *variant) strict() bool {
	return v.said.has("must-revalidate") || v.said.has("proxy-revalidate") || v.said.has("s-maxage") || v.said.has("no-cache")
}
