---@meta http

-- Made from the declaration; do not edit.

---@class http.serve.options
---@field handler? function answers a request. It gets a table with method, path (decoded), query (what follows the question mark), params (of the query, by name), target, version, host, headers (by name in lower case), cookies (by name), body, form (the fields of a form in the body, by name), address and port of the client, user (who has shown the password), tls. It returns a body; or a status, a body and header fields; or a table with status, reason, body, headers, type, cookies; or nothing, and a file is looked for. A body may be a function that returns one piece after the other, and nil at the end
---@field root? string folder of this host whose files are served
---@field index? string[] what stands for a folder
---@field writable? boolean PUT and DELETE change the files (default false)
---@field list? boolean show what is in a folder that has no index (default false)
---@field users? table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user; everybody may read everything if left out
---@field auth? "basic"|"digest" how users show that they know the password: "basic" sends it to whoever listens, "digest" does not (basic, digest; default basic)
---@field realm? string what the password is for, as browsers show it (default this site)
---@field protect? string[] what only users may have: paths that begin with one of these; everything if left out
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one; 80, or with tls 443, if left out (0 to 65535)
---@field tls? boolean serve https with a certificate of the world's authority (default false)
---@field name? string what the field Server says (default moonwire)
---@field log? string file of this host that gets a line for each answer, in the Common Log Format
---@field http10? boolean speak HTTP/1.0: close the connection after each answer (default false)
---@field max_body? number|string the longest body of a request that is taken, in bytes or "256 KiB" (0 to 100 MiB; default 10 MiB)
---@field timeout? number|string how long a request may take to come, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field idle? number|string how long a connection is kept for the next request, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field requests? integer after how many requests a connection is closed; 0 is never (at least 0; default 0)
---@field sessions? integer how many connections there may be at a time (at least 1; default 1000)

---@class http.get.options
---@field timeout? number|string how long to wait for each step, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field redirects? integer how many redirections are followed (0 to 100; default 5)
---@field http10? boolean speak HTTP/1.0 (default false)
---@field proxy? string "host:port" of a proxy or cache; for https it is asked for a tunnel
---@field agent? string what the field User-Agent says (default moonwire)
---@field verify? boolean under TLS take only a certificate of the world's authority for the host (default true)
---@field user? string who you are, for servers that ask
---@field password? string of the user
---@field jar? string file of this host in which cookies are kept; "" keeps them in memory; without it they are forgotten
---@field largest? number|string the longest body of an answer that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.post.options
---@field timeout? number|string how long to wait for each step, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field redirects? integer how many redirections are followed (0 to 100; default 5)
---@field http10? boolean speak HTTP/1.0 (default false)
---@field proxy? string "host:port" of a proxy or cache; for https it is asked for a tunnel
---@field agent? string what the field User-Agent says (default moonwire)
---@field verify? boolean under TLS take only a certificate of the world's authority for the host (default true)
---@field user? string who you are, for servers that ask
---@field password? string of the user
---@field jar? string file of this host in which cookies are kept; "" keeps them in memory; without it they are forgotten
---@field largest? number|string the longest body of an answer that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.request.request
---@field url string where to
---@field method? string the method (default GET)
---@field body? string|table the body: text, or a table with the fields of a form by name
---@field timeout? number|string how long to wait for each step, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field redirects? integer how many redirections are followed (0 to 100; default 5)
---@field http10? boolean speak HTTP/1.0 (default false)
---@field proxy? string "host:port" of a proxy or cache; for https it is asked for a tunnel
---@field agent? string what the field User-Agent says (default moonwire)
---@field verify? boolean under TLS take only a certificate of the world's authority for the host (default true)
---@field user? string who you are, for servers that ask
---@field password? string of the user
---@field jar? string file of this host in which cookies are kept; "" keeps them in memory; without it they are forgotten
---@field largest? number|string the longest body of an answer that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.client.options
---@field mode? "persistent"|"pipelined"|"non-persistent"|"parallel" how connections are used: "persistent", one for many objects; "pipelined", and all objects asked for at once; "non-persistent", one for each object; "parallel", several of these at a time (persistent, pipelined, non-persistent, parallel; default persistent)
---@field parallel? integer connections at a time in mode parallel (1 to 1000; default 10)
---@field timeout? number|string how long to wait for each step, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field redirects? integer how many redirections are followed (0 to 100; default 5)
---@field http10? boolean speak HTTP/1.0 (default false)
---@field proxy? string "host:port" of a proxy or cache; for https it is asked for a tunnel
---@field agent? string what the field User-Agent says (default moonwire)
---@field verify? boolean under TLS take only a certificate of the world's authority for the host (default true)
---@field user? string who you are, for servers that ask
---@field password? string of the user
---@field jar? string file of this host in which cookies are kept; "" keeps them in memory; without it they are forgotten
---@field largest? number|string the longest body of an answer that is taken, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class http.Client.get.options
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.Client.post.options
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.Client.request.request
---@field url string where to
---@field method? string the method (default GET)
---@field body? string|table the body: text, or a table with the fields of a form by name
---@field headers? table more header fields: text, or a list of texts, by name
---@field params? table fields of a form for the URL, by name

---@class http.object
---@field url string where it came from
---@field status integer of the answer; 0 without one
---@field size integer bytes of the body
---@field began number when the client turned to it, in seconds since the page was asked for
---@field first number when the head of the answer had come
---@field ended number when all had come
---@field error string? why it did not come

---@class http.kept
---@field name string
---@field value string
---@field domain string
---@field path string
---@field secure boolean
---@field http_only boolean
---@field expires number?

---The Hypertext Transfer Protocol (RFC 9110, 9112): web servers that answer with files of this host or with functions, and clients that choose how to use connections. LuaSocket's own client is the module socket.http.
---@class http
local http = {}

---Start a web server in this process.
---@param options? http.serve.options what to serve; without handler and root, nothing is found
---@return http.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function http.serve(options) end

---Make a GET request on a connection of its own.
---@param url string such as "http://www.someschool.edu/index.html"
---@param options? http.get.options how to ask
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function http.get(url, options) end

---Make a POST request on a connection of its own.
---@param url string where to
---@param body string|table the body: text, or a table with the fields of a form by name
---@param options? http.post.options how to ask
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function http.post(url, body, options) end

---Make a request on a connection of its own.
---@param request http.request.request what to ask, and how
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function http.request(request) end

---Make a client, which keeps connections and cookies from one request to the next.
---@param options? http.client.options how the client behaves
---@return http.Client client without a connection yet
function http.client(options) end

---A web server that runs.
---@class http.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---How many connections there are now.
---@return integer result
function Server:connections() end

---How many requests it has answered.
---@return integer result
function Server:answered() end

---Close the listener and break every connection off.
---@return true ok done
function Server:close() end

---A client.
---@class http.Client
local Client = {}

---Make a GET request.
---@param url string where to
---@param options? http.Client.get.options how to ask
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function Client:get(url, options) end

---Make a POST request.
---@param url string where to
---@param body string|table the body: text, or a table with the fields of a form by name
---@param options? http.Client.post.options how to ask
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function Client:post(url, body, options) end

---Make a request.
---@param request http.Client.request.request what to ask
---@return http.Response? response the answer, whatever its status
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function Client:request(request) end

---Fetch a page and all that it shows: pictures, style sheets, scripts. The client's mode says how.
---@param url string of the page
---@return http.object[]? objects one table each, the page first: url, status, size (bytes of the body), began, first (the head of the answer had come), ended: seconds since the page was asked for; error if it did not come
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, closed, reset, protocol, too-long, invalid
function Client:page(url) end

---The cookies in the client's jar.
---@return http.kept[] cookies one table each, in the order in which they were set: name, value, domain, path, secure, http_only, expires (seconds since 1970; nil: when the client ends)
function Client:cookies() end

---How many connections it has opened so far.
---@return integer result
function Client:opened() end

---Close the connections that it keeps.
---@return true ok done
function Client:close() end

---An answer.
---@class http.Response
---@field status integer Its status, such as 404.
---@field reason string What the status line says behind it.
---@field version string The version of HTTP, such as "1.1".
---@field body string The body.
---@field url string Where it came from, which is not where it was asked for if a redirection was followed.
---@field seconds number How long it took from the beginning of the request, with the connection, to the end of the body.
---@field headers table<string, string> Its header fields by name in lower case. Fields of the same name are joined by commas, Set-Cookie by newlines.
local Response = {}

---One header field, whatever the case of its name.
---@param name string such as "Content-Type"
---@return string? value nil if it is not there
function Response:header(name) end

return http
