// Package webcache is the Lua module webcache: a proxy that keeps copies.
package webcache

import (
	"net"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// Module is the declaration of webcache.
var Module = bind.New("webcache", "A web cache (RFC 9111): a proxy for the clients of a network, or a gateway in front of a server, which keeps answers as long as they are fresh and asks whether they have changed.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a cache in this process. Clients use it by their option proxy.", start).
			Returns("cache", "the running cache").Errors("in-use", "denied", "address", "limit").
			Example(serveExample).Example(validateExample),
		cacheClass(),
	}
})

// Cache is a cache of Lua.
type Cache struct {
	cache  *webcache.Cache
	server *http.Server
	port   int
}

// Held implements lua51.Holder.
func (k *Cache) Held(_ func(lua.LValue), weigh func(int64)) {
	s := k.cache.Stats()
	weigh(s.Bytes + s.Pending + int64(k.server.Active())*8<<10)
}

func cacheClass() bind.Member {
	return bind.Class("Cache", "A cache that runs.",
		bind.Method("port", "The TCP port on which it listens.", func(k *Cache, _ *bind.Call, _ bind.None) (int, error) { return k.port, nil }),
		bind.Method("stats", "Its counters.", (*Cache).stats).
			Returns("stats", "requests; of these hits, validations (the origin said that nothing has changed), misses, failures; tunnels (connections that CONNECT has made), stale (hits that were stale, as the origin did not answer), evicted (answers that had to make room), from_store and from_origin (bytes of bodies), objects and bytes (that are kept now), hit_rate (hits and validations to requests, 0 to 1)"),
		bind.Method("list", "What is kept, what was used last first.", (*Cache).list).
			Returns("answers", "one table each: url, status, size (bytes of the body), age (seconds since the origin made it), fresh (seconds for which it is fresh yet; less than 0 when it is stale), vary (the fields of requests that it depends on)"),
		bind.Method("purge", "Forget what is kept of a URL.", func(k *Cache, _ *bind.Call, a purgeArgs) (bool, error) { return k.cache.Purge(a.URL), nil }).
			Returns("found", "whether there was anything"),
		bind.MethodProc("clear", "Forget everything that is kept.", func(k *Cache, _ *bind.Call, _ bind.None) error { k.cache.Clear(); return nil }),
		bind.MethodProc("close", "Close the listener and break every connection off.", func(k *Cache, _ *bind.Call, _ bind.None) error { k.server.Close(); return nil }),
	)
}

type purgeArgs struct {
	URL string `name:"url" doc:"the URL"`
}

type serveArgs struct {
	Options struct {
		Address   string        `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port      int           `doc:"TCP port; 0 draws one" default:"3128" min:"0" max:"65535"`
		Name      string        `doc:"how it calls itself in the fields Via and Cache-Status; the host's name if left out" default:""`
		Origin    string        `doc:"\"host:port\" of the server before which it stands; without it, it is a proxy" default:""`
		Connect   []int         `doc:"to which TCP ports CONNECT may lead, by which clients come through a proxy to https; an empty list is none, 443 if left out" default:"nil" min:"1" max:"65535"`
		MaxBytes  bind.Size     `doc:"how much is kept" default:"16 MiB" min:"0" max:"256 MiB"`
		MaxObject bind.Size     `doc:"the longest body that is kept" default:"1 MiB" min:"0" max:"64 MiB"`
		Heuristic float64       `doc:"where an answer does not say how long it is fresh: the part of the time since its last change" default:"0.1" min:"0" max:"1"`
		Longest   time.Duration `doc:"for which that may be" default:"24 h" min:"1 s"`
		Timeout   time.Duration `doc:"how long to wait for the origin" default:"60 s" min:"1 ms"`
		Idle      time.Duration `doc:"how long a connection of a client is kept for the next request" default:"60 s" min:"1 ms"`
		Sessions  int           `doc:"how many connections of clients there may be at a time" default:"1000" min:"1"`
	} `doc:"how to keep and to listen"`
}

func start(c *bind.Call, a serveArgs) (*Cache, error) {
	o := &a.Options
	tasks := serve.New(c)
	st := tasks.Stack()
	if o.Name != "" && (http.CheckField("Via", o.Name) != nil || http.CheckField(o.Name, "") != nil) {
		c.Misuse("name", "want letters, digits, dots and hyphens, got %q", o.Name)
	}
	k := &Cache{}
	k.cache = &webcache.Cache{Stack: st, Client: &http.Client{Stack: st, Timeout: o.Timeout, Limits: http.Limits{Body: http.NoLimit}}, Name: o.Name, Origin: o.Origin, Ports: o.Connect, MaxBytes: max(int64(o.MaxBytes), 1),
		MaxObject: max(int64(o.MaxObject), 1), Heuristic: o.Heuristic, Longest: o.Longest}
	if o.Heuristic == 0 {
		k.cache.Heuristic = -1
	}
	k.server = &http.Server{Handler: k.cache.Answer, Connect: k.cache.Connect, Idle: o.Idle, Sessions: o.Sessions, Go: tasks.Go, Charge: tasks.Charge}
	release := lua51.Hold(c.L, k)
	l, err := tasks.Listen("web cache", o.Address, o.Port, func(l net.Listener) {
		defer release()
		k.server.Serve(st, l)
	})
	if err != nil {
		release()
		return nil, err
	}
	k.port = l.Addr().(*net.TCPAddr).Port
	return k, nil
}

// Stats are the counters of a cache.
type Stats struct {
	Requests, Hits, Validations, Misses, Failures, Tunnels, Stale, Evicted, Objects int
	FromStore, FromOrigin, Bytes                                                    int64
	HitRate                                                                         float64
}

func (k *Cache) stats(*bind.Call, bind.None) (Stats, error) {
	s := k.cache.Stats()
	out := Stats{Requests: s.Requests, Hits: s.Hits, Validations: s.Validations, Misses: s.Misses, Failures: s.Failures, Tunnels: s.Tunnels, Stale: s.Stale, Evicted: s.Evicted,
		Objects: s.Objects, FromStore: s.FromStore, FromOrigin: s.FromOrigin, Bytes: s.Bytes}
	if s.Requests > 0 {
		out.HitRate = float64(s.Hits+s.Validations) / float64(s.Requests)
	}
	return out, nil
}

// Kept is a line of list.
type Kept struct {
	URL    string `name:"url"`
	Status int
	Size   int64
	Age    float64
	Fresh  float64
	Vary   string
}

func (k *Cache) list(c *bind.Call, _ bind.None) ([]Kept, error) {
	var all []Kept
	for _, v := range k.cache.List() {
		c.Charge(50)
		all = append(all, Kept{v.URL, v.Status, v.Size, v.Age.Seconds(), v.Fresh.Seconds(), v.Vary})
	}
	return all, nil
}

const (
	serveExample = `-- The second request is answered by the cache.
local http, webcache = require "http", require "webcache"
local asked = 0
http.serve{handler = function()
  asked = asked + 1
  return 200, "a page\n", {["Cache-Control"] = "max-age=60"}
end}
local cache = webcache.serve{name = "squid"}
for _ = 1, 2 do print(http.get("http://localhost/", {proxy = "localhost:3128"}).headers["cache-status"]) end
--> squid; fwd=uri-miss; stored
--> squid; hit; ttl=60
print(asked, cache:stats().hit_rate) --> 1	0.5`

	validateExample = `-- When the time of a copy is over the cache asks by If-Modified-Since or If-None-Match. The origin says 304, without the page.
local http, webcache, task = require "http", require "webcache", require "task"
http.serve{handler = function(request)
  if request.headers["if-none-match"] == '"v1"' then return 304 end
  return 200, "a page\n", {["Cache-Control"] = "max-age=60", ETag = '"v1"'}
end}
local cache = webcache.serve{name = "squid"}
http.get("http://localhost/", {proxy = "localhost:3128"})
task.sleep("90 s")
local r = http.get("http://localhost/", {proxy = "localhost:3128"})
print(r.status, r.headers["cache-status"]) --> 200	squid; fwd=stale; fwd-status=304; ttl=60
print(cache:stats().validations, cache:list()[1].url) --> 1	http://localhost/`
)
