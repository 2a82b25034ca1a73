-- A web server of your own: clients with all sorts of wishes, and the rules of HTTP
local check = require "check"
local net, socket, task, trace = require "net", require "socket", require "task", require "trace"
local rules = require "rules"

check.exercise{
  title = "A web server of your own", main = "server.lua", modules = {"socket", "task"},
  limits = {time = "5 min", packets = 20000},
}

local page = "<html><body><h1>Someschool</h1><img src=logo.png></body></html>\n"
local picture = {}
for i = 1, 3000 do picture[i] = string.char(i * 7919 % 256) end
picture = table.concat(picture)

-- begin starts the submission with a site, and a trace.
local function begin(t)
  local client, server = net.host("client"), net.host("server")
  net.link(client, server, {delay = "10 ms", rate = "100 Mbps"})
  server:write_file("/www/index.html", page)
  server:write_file("/www/logo.png", picture)
  server:write_file("/www/texts/two words.txt", "Two words.\n")
  server:write_file("/www/data.bin", "\0\1\2\r\n\255")
  server:write_file("/www/big.txt", ("All work and no play.\r\n"):rep(4000))
  server:write_file("/secret.txt", "top secret\n")
  local recorded = trace.start()
  t:start(server, {args = {8080}})
  task.sleep(1)
  return client, server, recorded
end

-- request returns the text of a request.
local function request(method, path, fields)
  return ("%s %s HTTP/1.1\r\n%sConnection: close\r\n\r\n"):format(method, path, fields or "Host: server\r\n")
end

-- ask sends a text to the server and takes its response apart: status, fields by name in small letters, body.
local function ask(t, client, text, what, send)
  local data, err
  client:spawn(function()
    local conn
    conn, err = socket.connect("server", 8080)
    if not conn then return end
    conn:settimeout(20)
    if send then send(conn, text) else conn:send(text) end
    local got, why, partial = conn:receive("*a")
    data, err = got or partial, why
    conn:close()
  end):join()
  t:must("get a response to " .. what, data and data ~= "" and data, err == "closed" and "the server closes" or err)
  local head, body = data:match("^(.-\r?\n)\r?\n(.*)$")
  t:must("find the end of the head of the response to " .. what, head, "there is no empty line")
  local response = {status = tonumber(head:match("^HTTP/1%.%d (%d+)")), fields = {}, body = body}
  for name, value in head:gmatch("\n([^:\r\n]+):[ \t]*([^\r\n]*)") do response.fields[name:lower()] = value end
  return response
end

-- get asks for a path.
local function get(t, client, path) return ask(t, client, request("GET", path), "GET " .. path) end

-- lawful looks what the rules say of what the submission has said.
local function lawful(t, recorded)
  for _, dialogue in ipairs(t:must("read the dialogue", rules.dialogues(recorded, {ports = {8080}}))) do
    t:expect(rules.http(dialogue, {should = false, side = "server"}), "the dialogue"):lawful()
  end
end

check.test{
  name = "page", title = "A page is given out by the rules", points = 5,
  hint = "Compare with the response in the handout: a status line, fields, an empty line, each ended by \\r\\n.",
  run = function(t)
    local client, _, recorded = begin(t)
    local response = get(t, client, "/index.html")
    lawful(t, recorded)
    t:require(response.status, "the status of GET /index.html"):equals(200)
    t:credit(2)
    t:expect(response.body, "the body"):equals(page)
    t:expect(response.fields["content-type"], "Content-Type"):matches("^text/html")
    t:expect(response.fields["content-length"], "Content-Length"):equals(tostring(#page))
  end,
}

check.test{
  name = "files", title = "Files of all sorts", points = 3, needs = {"page"},
  hint = "Open files with \"rb\", and choose the type by the end of the name.",
  run = function(t)
    local client, _, recorded = begin(t)
    for _, want in ipairs{
      {"/logo.png", "image/png", picture}, {"/texts/two%20words.txt", "text/plain", "Two words.\n"},
      {"/data.bin", "application/octet-stream", "\0\1\2\r\n\255"}, {"/", "text/html", page},
    } do
      local response = get(t, client, want[1])
      t:expect(response.status, "the status of GET " .. want[1]):equals(200)
      local content_type = t:expect(response.fields["content-type"], "Content-Type of " .. want[1])
      content_type:matches("^" .. want[2]:gsub("%p", "%%%0"))
      t:expect(response.body == want[3], "whether the body of " .. want[1] .. " is the file"):holds()
    end
    lawful(t, recorded)
  end,
}

check.test{
  name = "missing", title = "A page that is not there, and then one that is", points = 2, needs = {"page"},
  hint = "io.open returns nil if there is no such file.",
  run = function(t)
    local client, _, recorded = begin(t)
    for _, path in ipairs{"/nothing.html", "/no/folder/x.txt", "/texts"} do
      local response = get(t, client, path)
      t:expect(response.status, "the status of GET " .. path):equals(404)
      t:expect(#response.body, "the size of the page that says so"):at_least(1)
    end
    t:expect(get(t, client, "/index.html").body, "the body of the next request"):equals(page)
    lawful(t, recorded)
  end,
}

check.test{
  name = "refused", title = "Other requests", points = 3, needs = {"page"},
  hint = "The handout says which code each gets; a response to HEAD has the head of GET and no body.",
  run = function(t)
    local client, _, recorded = begin(t)
    local head = ask(t, client, request("HEAD", "/index.html"), "HEAD /index.html")
    t:expect(head.status, "the status of HEAD /index.html"):equals(200)
    t:expect(head.fields["content-length"], "Content-Length of HEAD"):equals(tostring(#page))
    local post = ask(t, client, request("POST", "/index.html"), "POST /index.html")
    t:expect(post.status, "the status of POST /index.html"):equals(405)
    local nonsense = ask(t, client, "What is your name?\r\n\r\n", "a request that is none")
    t:expect(nonsense.status, "the status of a request that is none"):equals(400)
    local nameless = ask(t, client, request("GET", "/", ""), "a request without Host")
    t:expect(nameless.status, "the status of a request without Host"):equals(400)
    local old = ask(t, client, "GET / HTTP/1.0\r\n\r\n", "a request of HTTP/1.0")
    t:expect(old.status, "the status of a request of HTTP/1.0, which needs no Host"):equals(200)
    lawful(t, recorded)
  end,
}

check.test{
  name = "outside", title = "What is outside of the site stays there", points = 2, needs = {"page"},
  hint = "Look at the path after the %xx have been replaced: no part of it may be \"..\".",
  run = function(t)
    local client = begin(t)
    for _, path in ipairs{"/../secret.txt", "/texts/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"} do
      local response = get(t, client, path)
      t:expect(response.body, "the body of GET " .. path):lacks("top secret")
      t:expect(response.status, "the status of GET " .. path):between(400, 499)
    end
    t:expect(get(t, client, "/index.html").status, "the status of the next request"):equals(200)
  end,
}

check.test{
  name = "several", title = "Several clients at a time", points = 3, needs = {"page"},
  hint = "Serve each connection in a task of its own (task.spawn), or wait for all of them with socket.select.",
  run = function(t)
    local client = begin(t)
    client:spawn(function()
      local silent = {}
      for i = 1, 3 do silent[i] = assert(socket.connect("server", 8080)) end
      silent[2]:send("GET /index.html HTTP/1.1\r\n")
      silent[3]:close()
      task.sleep(200)
    end)
    task.sleep(1)
    for n = 1, 3 do
      local before = task.now()
      local response = get(t, client, "/index.html")
      t:expect(response.status, "the status of request " .. n .. " beside silent clients"):equals(200)
      t:expect(task.now() - before, "the seconds that it took"):at_most(5)
    end
  end,
}

check.test{
  name = "pieces", title = "A request in pieces, a large file", points = 2, needs = {"page"},
  seeds = 20, tags = {"chaos"}, chaos = {cut = 1, delay = "200 ms", loss = 0.05},
  hint = "TCP is a stream: read line by line until the empty one, and send until everything is sent.",
  run = function(t)
    local client, server, recorded = begin(t)
    local response = ask(t, client, request("GET", "/big.txt"), "GET /big.txt", function(conn, text)
      for byte in text:gmatch(".") do
        conn:send(byte)
        if math.random() < 0.2 then task.sleep(math.random() * 0.2) end
      end
    end)
    t:expect(response.status, "the status of GET /big.txt"):equals(200)
    t:expect(response.body == server:read_file("/www/big.txt"), "whether the body is the file"):holds()
    lawful(t, recorded)
  end,
}
