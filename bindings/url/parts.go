package url

import (
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// The names of a URL's parts.
const (
	scheme    = "scheme"
	authority = "authority"
	userInfo  = "userinfo"
	user      = "user"
	password  = "password"
	host      = "host"
	port      = "port"
	path      = "path"
	params    = "params"
	query     = "query"
	fragment  = "fragment"
)

// parts are those of a URL that are there.
type parts map[string]string

var schemeStart = wire.Pattern(`^[0-9A-Za-z][0-9A-Za-z+.-]*:`)

// split finds the parts of a URL. Those of the authority are left to splitAuthority.
func split(text string) parts {
	p := parts{}
	if s := schemeStart().FindString(text); s != "" {
		p[scheme], text = s[:len(s)-1], text[len(s):]
	}
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		p[authority], text = rest[:end], rest[end:]
	}
	for _, tail := range []struct{ mark, name string }{{"#", fragment}, {"?", query}, {";", params}} {
		if before, after, ok := strings.Cut(text, tail.mark); ok {
			text, p[tail.name] = before, after
		}
	}
	if text != "" {
		p[path] = text
	}
	return p
}

// splitAuthority finds user, password, host and port of an authority. info is what stands for its user part if it has none
// itself; nil is nothing.
func splitAuthority(text string, info *string) parts {
	p := parts{}
	if before, after, ok := strings.Cut(text, "@"); ok {
		text, info = after, &before
		p[userInfo] = before
	}
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.Contains(text[i:], "]") {
		text, p[port] = text[:i], text[i+1:]
	}
	if text != "" {
		p[host] = text
		if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
			p[host] = text[1 : n-1]
		}
	}
	if info != nil {
		p[user] = *info
		if i := strings.LastIndexByte(*info, ':'); i >= 0 {
			p[user], p[password] = (*info)[:i], (*info)[i+1:]
		}
	}
	return p
}

// parse finds all parts of a URL.
func parse(text string) parts {
	p := split(text)
	if a, ok := p[authority]; ok {
		for name, part := range splitAuthority(a, nil) {
			p[name] = part
		}
	}
	return p
}

// join makes a URL of its parts. Host, user and port stand before what authority and userinfo say.
func (p parts) join() string {
	text := p[path]
	for _, tail := range []struct{ mark, name string }{{";", params}, {"?", query}} {
		if part, ok := p[tail.name]; ok {
			text += tail.mark + part
		}
	}
	if a, ok := p.authority(); ok {
		text = "//" + a + text
	}
	if s, ok := p[scheme]; ok {
		text = s + ":" + text
	}
	if f, ok := p[fragment]; ok {
		text += "#" + f
	}
	return text
}

func (p parts) authority() (string, bool) {
	name, ok := p[host]
	if !ok {
		a, ok := p[authority]
		return a, ok
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if number, ok := p[port]; ok {
		name += ":" + number
	}
	info, ok := p[userInfo]
	if u, given := p[user]; given {
		info, ok = u, true
		if secret, given := p[password]; given {
			info += ":" + secret
		}
	}
	if ok {
		name = info + "@" + name
	}
	return name, true
}

// resolve returns what rel, the parts of a URL without a scheme, means at base: RFC 3986 5.2 with the liberties LuaSocket takes.
func resolve(base, rel parts) string {
	inherit := func(names ...string) {
		for _, name := range names {
			if part, ok := base[name]; ok {
				rel[name] = part
			}
		}
	}
	has := func(name string) bool { _, ok := rel[name]; return ok }
	inherit(scheme)
	if has(authority) {
		return rel.join()
	}
	inherit(authority)
	switch {
	case has(path):
		rel[path] = resolvePath(base[path], rel[path])
	case has(params):
		inherit(path)
	case has(query):
		inherit(path, params)
	default:
		inherit(path, params, query)
	}
	return rel.join()
}

// resolvePath returns what a relative path means in place of base.
func resolvePath(base, rel string) string {
	if strings.HasPrefix(rel, "/") {
		return withoutDots(rel)
	}
	folder := base[:strings.LastIndexByte(base, '/')+1]
	if folder == "" {
		folder = "/"
	}
	return withoutDots(folder + rel)
}

// empty stands between two slashes while dots are taken out, so that they remain two.
const empty = "\x01"

// withoutDots takes the segments "." and ".." out of a path, or of a whole URL.
func withoutDots(text string) string {
	segments := strings.Split(text, "/")
	for i := 1; i < len(segments)-1; i++ {
		if segments[i] == "" {
			segments[i] = empty
		}
	}
	segments = dropHere(segments)
	segments = dropUp(segments)
	text = strings.Join(segments, "/")
	if strings.HasSuffix(text, "/..") {
		text = text[:len(text)-2]
	}
	if strings.HasSuffix(text, "/.") {
		text = text[:len(text)-1]
	}
	if rest, ok := strings.CutPrefix(text, "/../"); ok {
		text = "/" + rest
	}
	return strings.ReplaceAll(text, empty, "")
}

// dropHere takes out each segment "." that is neither the first nor the last.
func dropHere(segments []string) []string {
	var kept []string
	for i, s := range segments {
		if s != "." || i == 0 || i == len(segments)-1 {
			kept = append(kept, s)
		}
	}
	return kept
}

// dropUp takes out each segment together with a ".." after it.
func dropUp(segments []string) []string {
	kept, next := segments[:1:1], 1 // what is kept so far, and the segment after it
	for next+1 < len(segments) {
		if last := len(kept) - 1; kept[last] != "" && segments[next] == ".." && segments[next+1] != "" {
			kept = kept[:last]
			next++
			if last > 0 {
				continue
			}
		}
		kept = append(kept, segments[next])
		next++
	}
	segments = append(kept, segments[next:]...)
	n := len(segments)
	if n > 2 && segments[n-1] == "" && segments[n-2] == ".." && segments[n-3] != "" {
		return append(segments[:n-3:n-3], "")
	}
	if n > 1 && segments[n-1] == ".." && segments[n-2] != "" {
		return append(segments[:n-2:n-2], "")
	}
	return segments
}
