// Package http is the Lua module http: web servers with files and functions of Lua, and clients.
package http

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
)

// Module is the declaration of http.
var Module = bind.New("http", "The Hypertext Transfer Protocol (RFC 9110, 9112): web servers that answer with files of this host or with functions, and clients that choose how to use connections. "+
	"LuaSocket's own client is the module socket.http.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("serve", "Start a web server in this process.", start).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(serveExample).Example(filesExample).Example(cookieExample).Example(authExample),
		bind.Fn("get", "Make a GET request on a connection of its own.", func(c *bind.Call, a getArgs) (*Response, error) {
			return once(c, a.Options.clientOptions, request{url: a.URL, method: "GET", messageOptions: a.Options.messageOptions})
		}).
			Returns("response", "the answer, whatever its status").Errors(failures...).
			Example(getExample),
		bind.Fn("post", "Make a POST request on a connection of its own.", func(c *bind.Call, a postArgs) (*Response, error) {
			return once(c, a.Options.clientOptions, request{url: a.URL, method: "POST", content: a.Body, messageOptions: a.Options.messageOptions})
		}).Returns("response", "the answer, whatever its status").Errors(failures...).
			Example(formExample),
		bind.Fn("request", "Make a request on a connection of its own.", func(c *bind.Call, a requestArgs) (*Response, error) {
			return once(c, a.Request.clientOptions, request{url: a.Request.URL, method: a.Request.Method, content: a.Request.Body, messageOptions: a.Request.messageOptions})
		}).Returns("response", "the answer, whatever its status").Errors(failures...).
			Example(requestExample),
		bind.Fn("client", "Make a client, which keeps connections and cookies from one request to the next.", newClient).
			Returns("client", "without a connection yet").
			Example(clientExample),
		serverClass(), clientClass(), responseClass(),
	}
})

var failures = []string{"refused", "timeout", "host-not-found", "unreachable", "closed", "reset", "protocol", "too-long", "invalid"}
