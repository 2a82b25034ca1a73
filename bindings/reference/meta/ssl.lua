---@meta ssl

-- Made from the declaration; do not edit.

---TLS on TCP connections, as LuaSec has it. In a virtual world a server whose context names no certificate has one of its host, signed by the world's own authority, and that authority is the one trusted where a context names none.
---@class ssl
---@field _VERSION string The version of LuaSec whose behaviour this is.
---@field config table What contexts may be made with: protocols, options, curves, algorithms and capabilities by name.
local ssl = {}

---Make a context for connections.
---@param config? table mode="client" or "server"; protocol="any", "tlsv1_2", "tlsv1_3"…; key= and certificate=, names of PEM files; cafile= or capath=; verify="none", "peer", "fail_if_no_peer_cert" or a list; options=, ciphers=, curve=, curveslist=, alpn=
---@return ssl.context|nil context the context
---@return string|nil err why not
function ssl.newcontext(config) end

---Put TLS on a connection. Its handshake is for dohandshake.
---@param socket? socket.tcp a connected TCP object; it is left without its socket
---@param config? ssl.context|table a context, or a table for newcontext
---@return ssl.connection|nil connection the connection
---@return string|nil err why not
function ssl.wrap(socket, config) end

---What connections are made with.
---@class ssl.context
---@field class string the object's present class name
local context = {}

---A connection under TLS. Where its timeout is over, calls say "wantread" or "wantwrite".
---@class ssl.connection
---@field class string the object's present class name
local connection = {}

---Agree on keys with the peer. After "wantread" it may be called again.
---@return boolean ok whether it is done
---@return string|nil err why not
function connection:dohandshake() end

---Receive a line, a number of bytes or everything.
---@param pattern? string|integer "*l" for a line without its end, "*a" for all up to the end, or a number of bytes (default *l)
---@param prefix? string what the result begins with, such as the partial result of the call before; a number of bytes includes it
---@return string|nil data what was asked for
---@return string|nil err "wantread", "closed" or another reason
---@return string|nil partial what came before it failed
function connection:receive(pattern, prefix) end

---Send text.
---@param data string what to send
---@param i? integer where in it to begin; negative counts from its end (default 1)
---@param j? integer the last byte to send (default -1)
---@return integer|nil last index of the last byte sent
---@return string|nil err "wantwrite", "closed" or another reason
---@return integer|nil partial index of the last byte sent before it failed
function connection:send(data, i, j) end

---Tell the peer that nothing more will come, and close the connection.
function connection:close() end

---Bound how long calls on the connection may wait.
---@param seconds? number how long a call may wait; nil or negative: for ever; 0: not at all
---@param mode? string "b" bounds each wait for the network, "t" the whole call; only the first letter counts. Both may be set (default b)
---@return integer ok 1
function connection:settimeout(seconds, mode) end

---Say, before the handshake, which server the client wants.
---@param name string the name of the server that a client wants
function connection:sni(name) end

---Which server the client wants.
---@return string|nil name what it said
function connection:getsniname() end

---What protocol, cipher and key sizes are used.
---@param aspect? string one of the fields; all in a table if left out
---@return table|string|number|boolean|nil info protocol, cipher, bits, algbits, encryption, authentication, key, mac, export; or the one asked for
---@return string|nil err why not
function connection:info(aspect) end

---The peer's certificate.
---@param index? number 1 is the peer's own, then those of the authorities it sent (default 1)
---@return ssl.certificate|nil certificate nil if it has none
---@return string|nil err why not
function connection:getpeercertificate(index) end

---The peer's certificate and those it sent with it.
---@return table|nil chain a list
---@return string|nil err why not
function connection:getpeerchain() end

---Whether the peer's certificate is signed by an authority that is trusted.
---@return boolean ok whether it is
---@return string|nil err what is wrong with it
function connection:getpeerverification() end

---The application protocol that was agreed on.
---@return string|nil protocol nil if none was
function connection:getalpn() end

---What the last call would have waited for.
---@return string direction "read", "write" or "nothing"
function connection:want() end

---Whether something has been received that the script has not asked for yet.
---@return boolean dirty whether
function connection:dirty() end

---The descriptor.
---@return integer fd -1 after close
function connection:getfd() end

---How much was received and sent, and the age of the object.
---@return integer received bytes
---@return integer sent bytes
---@return number age seconds
function connection:getstats() end

---Set what getstats tells.
---@param received? number bytes received
---@param sent? number bytes sent
---@param age? number seconds since the object was made
---@return integer ok 1
function connection:setstats(received, sent, age) end

---A certificate (X.509).
---@class ssl.certificate
---@field class string the object's present class name
local certificate = {}

---Whose it is.
---@return table names a list of {name=, oid=, value=}
function certificate:subject() end

---Who signed it.
---@return table names a list of {name=, oid=, value=}
function certificate:issuer() end

---From when it is valid.
---@return string time such as "Jan 1 00:00:00 2026 GMT"
function certificate:notbefore() end

---Until when it is valid.
---@return string time likewise
function certificate:notafter() end

---Whether it is valid at a time.
---@param time number seconds since 1970
---@param last? number the end of a span that has to be within too
---@return boolean valid whether
function certificate:validat(time, last) end

---Its number.
---@return string number in hexadecimal digits
function certificate:serial() end

---Its fingerprint.
---@param algorithm? string "sha1", "sha256" or "sha512" (default sha1)
---@return string|nil digest in hexadecimal digits
---@return string|nil err why not
function certificate:digest(algorithm) end

---The other names it is for.
---@return table extensions by object identifier
function certificate:extensions() end

---Its text.
---@return string pem the text
function certificate:pem() end

---How it is signed.
---@return string name the algorithm
function certificate:getsignaturename() end

---Whether it signed another.
---@param subject ssl.certificate the other certificate
---@return boolean issued whether
function certificate:issued(subject) end

return ssl
