-- For the probes of this module, after the harness of package socktest.

-- listen returns a server on a port of the system's choice, and the port.
local function listen(backlog)
	local server = assert(socket.bind("127.0.0.1", 0, backlog))
	local _, port = server:getsockname()
	return server, tonumber(port)
end

-- pair returns the two ends of a connection, with a timeout that only a mistake lets pass.
local function pair()
	local server, port = listen()
	local client = assert(socket.connect("127.0.0.1", port))
	local peer = assert(server:accept())
	server:close()
	client:settimeout(2)
	peer:settimeout(2)
	return client, peer
end

-- narrow returns the ends of a connection with small buffers, and more data than they hold.
local function narrow()
	local c, s = pair()
	c:setoption("send-buffer-size", 65536)
	s:setoption("recv-buffer-size", 65536)
	return c, s, ("x"):rep(4 * 1024 * 1024)
end

-- udp returns a socket bound to 127.0.0.1, and its port.
local function udp()
	local u = assert(socket.udp4())
	assert(u:setsockname("127.0.0.1", 0))
	local _, port = u:getsockname()
	u:settimeout(2)
	return u, tonumber(port)
end

-- settle gives the network the time to deliver what is under way.
local function settle()
	socket.sleep(0.01)
end
