package http

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	nethttp "net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/afero"
	"golang.org/x/net/publicsuffix"
)

// A Jar keeps the cookies of a client (RFC 6265), in a file of its host if it has one, in the format that browsers once had and curl reads. It is
// net/http/cookiejar that says which cookies a server may set and which it gets back; the Jar counts their age in the world's time.
type Jar struct {
	now   func() time.Time
	jar   *cookiejar.Jar
	kept  []keptCookie // in the order in which they were first set
	fs    afero.Fs
	name  string
	wrong error // why the file could not be written
}

// A keptCookie is a cookie with what its server said of it.
type keptCookie struct {
	domain  string // without a dot
	sub     bool   // hosts below the domain get it, too
	path    string
	secure  bool
	http    bool      // scripts of pages do not see it
	expires time.Time // zero: when the client ends
	name    string
	value   string
}

// Cookies that a jar keeps at most; the oldest go first.
const (
	maxCookies   = 3000
	maxPerDomain = 180
	maxCookie    = 4096 // bytes of name and value
)

// NewJar returns a jar without cookies that reads the time from now.
func NewJar(now func() time.Time) *Jar {
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // it fails never
	return &Jar{now: now, jar: jar}
}

// OpenJar returns the jar that is kept in a file, which need not be there yet. Each change is written at once.
func OpenJar(now func() time.Time, files afero.Fs, name string) (*Jar, error) {
	j := NewJar(now)
	j.fs, j.name = files, name
	text, err := afero.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err == nil {
		err = j.read(strings.NewReader(string(text)))
	}
	if err != nil {
		return nil, fmt.Errorf("http: cookies in %s: %w", name, err)
	}
	return j, nil
}

// SetCookies implements net/http.CookieJar.
func (j *Jar) SetCookies(u *url.URL, cookies []*Cookie) {
	for _, c := range cookies {
		if k, ok := j.judge(u, c); ok {
			j.keep(u, c, k)
		}
	}
	j.write()
}

// judge says for whom a cookie is, and when it ends.
func (j *Jar) judge(u *url.URL, c *Cookie) (keptCookie, bool) {
	host := strings.ToLower(u.Hostname())
	k := keptCookie{domain: host, path: c.Path, secure: c.Secure, http: c.HttpOnly, name: c.Name, value: c.Value}
	if d := strings.ToLower(strings.TrimPrefix(c.Domain, ".")); d != "" && net.ParseIP(host) == nil {
		suffix, _ := publicsuffix.PublicSuffix(d)
		k.domain, k.sub = d, suffix != d // the library takes none for all of com
	}
	if !strings.HasPrefix(k.path, "/") { // RFC 6265 5.1.4
		k.path = "/"
		if end := strings.LastIndexByte(u.Path, '/'); end > 0 {
			k.path = u.Path[:end]
		}
	}
	now := j.now()
	switch {
	case c.MaxAge < 0:
		k.expires = now
	case c.MaxAge > 0:
		k.expires = now.Add(time.Duration(min(c.MaxAge, 400*24*3600)) * time.Second) // RFC 6265bis 5.5
	case !c.Expires.IsZero():
		k.expires = c.Expires
	}
	return k, len(c.Name)+len(c.Value) <= maxCookie && badValue(c.Name+c.Value+k.path) < 0
}

// keep gives a cookie to the library's jar and, if it has taken it, remembers it.
func (j *Jar) keep(u *url.URL, c *Cookie, k keptCookie) {
	plain := *c
	plain.Expires, plain.MaxAge = time.Time{}, 0
	over := !k.expires.IsZero() && !k.expires.After(j.now())
	if over {
		plain.MaxAge = -1
	}
	j.jar.SetCookies(u, []*Cookie{&plain})
	i := slices.IndexFunc(j.kept, func(o keptCookie) bool { return o.domain == k.domain && o.path == k.path && o.name == k.name })
	switch taken := !over && j.has(k); {
	case !taken && i >= 0 && over:
		j.kept = slices.Delete(j.kept, i, i+1)
	case taken && i >= 0:
		j.kept[i] = k
	case taken:
		j.kept = append(j.kept, k)
		j.evict(k.domain)
	}
}

// address is a URL to which a cookie is sent.
func (k *keptCookie) address() *url.URL {
	host := k.domain
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return &url.URL{Scheme: "https", Host: host, Path: k.path}
}

// cookie is what its server set.
func (k *keptCookie) cookie() *Cookie {
	c := &Cookie{Name: k.name, Value: k.value, Path: k.path, Secure: k.secure, HttpOnly: k.http}
	if k.sub {
		c.Domain = k.domain
	}
	return c
}

func (j *Jar) has(k keptCookie) bool {
	return slices.ContainsFunc(j.jar.Cookies(k.address()), func(c *Cookie) bool { return c.Name == k.name && c.Value == k.value })
}

// evict drops the oldest cookies of which there are too many.
func (j *Jar) evict(domain string) {
	n := 0
	for _, k := range j.kept {
		if k.domain == domain {
			n++
		}
	}
	switch {
	case n > maxPerDomain:
		j.drop(slices.IndexFunc(j.kept, func(k keptCookie) bool { return k.domain == domain }))
	case len(j.kept) > maxCookies:
		j.drop(0)
	}
}

func (j *Jar) drop(i int) {
	k := j.kept[i]
	c := k.cookie()
	c.MaxAge = -1
	j.jar.SetCookies(k.address(), []*Cookie{c})
	j.kept = slices.Delete(j.kept, i, i+1)
}

// Cookies implements net/http.CookieJar.
func (j *Jar) Cookies(u *url.URL) []*Cookie {
	j.expire()
	return j.jar.Cookies(u)
}

// expire drops the cookies whose time is over.
func (j *Jar) expire() {
	now := j.now()
	for i := len(j.kept) - 1; i >= 0; i-- {
		if at := j.kept[i].expires; !at.IsZero() && !at.After(now) {
			j.drop(i)
		}
	}
}

// All returns the cookies that are kept, in the order in which they were set; each has its Domain, Path and Expires.
func (j *Jar) All() []*Cookie {
	j.expire()
	var list []*Cookie
	for i := range j.kept {
		c := j.kept[i].cookie()
		c.Domain, c.Expires = j.kept[i].domain, j.kept[i].expires
		list = append(list, c)
	}
	return list
}

// Err returns why the file could not be written the last time, or nil.
func (j *Jar) Err() error { return j.wrong }

const jarTitle = "# Netscape HTTP Cookie File\n"

// write keeps the jar in its file: those of the session, too, with the time 0.
func (j *Jar) write() {
	if j.fs == nil {
		return
	}
	j.expire()
	var b strings.Builder
	b.WriteString(jarTitle)
	flag := map[bool]string{true: "TRUE", false: "FALSE"}
	for _, k := range j.kept {
		domain, end := k.domain, int64(0)
		if k.sub {
			domain = "." + domain
		}
		if k.http {
			domain = "#HttpOnly_" + domain
		}
		if !k.expires.IsZero() {
			end = k.expires.Unix()
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", domain, flag[k.sub], k.path, flag[k.secure], end, k.name, k.value)
	}
	j.wrong = afero.WriteFile(j.fs, j.name, []byte(b.String()), os.FileMode(0o600))
}

// read takes the cookies of a file. Lines that are none are errors.
func (j *Jar) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		k := keptCookie{}
		if rest, ok := strings.CutPrefix(line, "#HttpOnly_"); ok {
			line, k.http = rest, true
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if n > maxCookies {
			return fmt.Errorf("more than %d lines", maxCookies)
		}
		domain := strings.TrimPrefix(f[0], ".")
		if len(f) != 7 || domain == "" || domain[0] == '.' || strings.ContainsAny(domain, "#/ ") || !strings.HasPrefix(f[2], "/") {
			return fmt.Errorf("line %d: want domain, TRUE or FALSE, path, TRUE or FALSE, seconds, name and value, separated by tabs", n)
		}
		seconds, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			return fmt.Errorf("line %d: want seconds since 1970, got %.40q", n, f[4])
		}
		if seconds != 0 {
			k.expires = time.Unix(seconds, 0)
		}
		k.domain, k.sub, k.path, k.secure, k.name, k.value = strings.ToLower(domain), f[1] == "TRUE", f[2], f[3] == "TRUE", f[5], f[6]
		j.keep(k.address(), k.cookie(), k)
	}
	return lines.Err()
}

var _ nethttp.CookieJar = (*Jar)(nil)
