-- A DNS resolver: a small tree of real name servers, in front of which datagrams get lost and forged
local check = require "check"
local dns, net, socket, task, trace = require "dns", require "net", require "socket", require "task", require "trace"
local rules = require "rules"

check.exercise{
  title = "A DNS resolver", main = "resolver.lua", modules = {"socket"}, limits = {time = "20 min", packets = 20000},
}

-- The zones, each with a server: its host, its records, and who is named for the zones below.
local tree = {
  {zone = ".", host = "root", records = {
    "edu NS edu-server.edu", "edu-server.edu A {edu}", "com NS com-server.com", "com-server.com A {com}",
  }},
  {zone = "edu", host = "edu", records = {
    "umass NS dns.umass.edu.", "dns.umass A {umass}", "poly NS ns.hosting.com.",
  }},
  {zone = "com", host = "com", records = {"hosting NS ns.hosting", "ns.hosting A {hosting}"}},
  {zone = "umass.edu", host = "umass", records = {
    "dns A {umass}", "gaia.cs 60 A 128.119.245.12", "www.cs 300 A 128.119.240.84",
    "www CNAME www.cs", "moodle CNAME umass.hosting.com.", "cs MX 10 gaia.cs",
  }},
  {zone = "hosting.com", host = "hosting", records = {"ns A {hosting}", "umass A 23.74.1.8"}},
  {zone = "poly.edu", host = "hosting", records = {"cis A 128.238.32.21"}},
}

-- begin makes the tree, and returns the host for the submission, the others, and a trace. in_front is called for each
-- of them with its name, and says on which port its real server is.
local function begin(in_front)
  local internet, hosts, zones = net.router("internet"), {}, {}
  local function host(name)
    hosts[name] = net.host(name)
    net.link(hosts[name], internet, {delay = "10 ms"})
    return hosts[name]
  end
  local client = host("client")
  for _, z in ipairs(tree) do if not hosts[z.host] then host(z.host) end end
  for _, z in ipairs(tree) do
    local records = {"@ NS " .. (z.zone == "." and "root." or "ns." .. z.zone .. ".")}
    for _, r in ipairs(z.records) do
      records[#records + 1] = r:gsub("{(%w+)}", function(name) return (hosts[name]:address()) end)
    end
    zones[z.host] = zones[z.host] or {}
    table.insert(zones[z.host], assert(dns.zone(records, {origin = z.zone, ttl = 86400})))
  end
  for _, z in ipairs(tree) do
    if zones[z.host] then
      local list = zones[z.host]
      zones[z.host] = nil
      hosts[z.host]:spawn(function()
        assert(dns.serve{zones = list, port = in_front and in_front(z.host) or 53})
      end)
    end
  end
  return client, hosts, trace.start()
end

-- start starts the submission.
local function start(t, client, hosts) return t:start(client, {args = {(hosts.root:address())}}) end

-- ask gives a name to the submission and looks at what it prints.
local function ask(t, resolver, name, want, patience)
  resolver:write(name .. "\n")
  local printed = t:require(function() return resolver:output() end, "what is printed after " .. name)
  printed:within(patience or "60 s"):contains(name .. " " .. want .. "\n")
end

-- asked returns what the submission has asked since an instant: the server and the message of each query.
local function asked(t, recorded, since)
  local list = {}
  for _, dialogue in ipairs(t:must("read the messages", rules.dialogues(recorded, {ports = {53}}))) do
    for _, turn in ipairs(dialogue.client == "client" and dialogue or {}) do
      if turn.from == "client" and turn.data and turn.at >= (since or 0) then
        list[#list + 1] = {server = dialogue.server, at = turn.at, message = dns.decode(turn.data) or {}}
      end
    end
  end
  table.sort(list, function(a, b) return a.at < b.at end)
  return list
end

-- path returns whom the submission has asked since an instant, in words.
local function path(t, recorded, since)
  local names = {}
  for i, query in ipairs(asked(t, recorded, since)) do names[i] = query.server end
  return table.concat(names, ", ")
end

-- lawful looks what the rules say of the queries.
local function lawful(t, recorded)
  for _, dialogue in ipairs(t:must("read the messages", rules.dialogues(recorded, {ports = {53}}))) do
    if dialogue.client == "client" then
      t:expect(rules.dns(dialogue, {should = false, side = "client"}), "the messages"):lawful()
    end
  end
end

check.test{
  name = "resolves", title = "Three queries find an address", points = 6,
  hint = "Ask the root, then whom it names, then whom that one names; the addresses stand in the additional section.",
  run = function(t)
    local client, hosts, recorded = begin()
    local resolver = start(t, client, hosts)
    resolver:write("gaia.cs.umass.edu\n")
    task.sleep(5)
    lawful(t, recorded)
    t:require(path(t, recorded), "the servers that are asked"):equals("root, edu, umass")
    for _, query in ipairs(asked(t, recorded)) do
      t:expect(query.message.recursion_desired, "the flag RD of the query to " .. query.server):equals(false)
    end
    t:credit(2)
    t:expect(resolver:output(), "what is printed"):equals("gaia.cs.umass.edu 128.119.245.12\n")
    resolver:close_input()
    t:expect(resolver):within("10 s"):exits(0)
  end,
}

check.test{
  name = "not_found", title = "Names without an address", points = 2, needs = {"resolves"},
  hint = "rcode 3 says that there is no such name; a name may also exist and have no A record.",
  run = function(t)
    local client, hosts = begin()
    local resolver = start(t, client, hosts)
    ask(t, resolver, "nobody.umass.edu", "not found")
    ask(t, resolver, "cs.umass.edu", "not found")
    ask(t, resolver, "www.nowhere", "not found")
    ask(t, resolver, "gaia.cs.umass.edu", "128.119.245.12")
  end,
}

check.test{
  name = "alias", title = "Aliases", points = 2, needs = {"resolves"},
  hint = "After a CNAME go on with the canonical name; its address may stand in the same answer, or in another zone.",
  run = function(t)
    local client, hosts = begin()
    local resolver = start(t, client, hosts)
    ask(t, resolver, "www.umass.edu", "128.119.240.84")
    t:credit(1)
    ask(t, resolver, "moodle.umass.edu", "23.74.1.8")
  end,
}

check.test{
  name = "no_glue", title = "Servers that are named without their addresses", points = 2, needs = {"resolves"},
  hint = "When the additional section has no address for a server, find it as you find any other.",
  run = function(t)
    local client, hosts, recorded = begin()
    ask(t, start(t, client, hosts), "cis.poly.edu", "128.238.32.21")
    t:expect(#asked(t, recorded), "the number of queries"):at_most(7)
  end,
}

check.test{
  name = "cache", title = "What is known is not asked again, until it is too old", points = 4, needs = {"resolves"},
  hint = "Remember A, NS and CNAME records with the instant at which each is to be forgotten: now plus its TTL.",
  run = function(t)
    local client, hosts, recorded = begin()
    local resolver = start(t, client, hosts)
    ask(t, resolver, "gaia.cs.umass.edu", "128.119.245.12")
    for _, step in ipairs{
      {0, "gaia.cs.umass.edu", "128.119.245.12", "", "the same name again"},
      {0, "www.cs.umass.edu", "128.119.240.84", "umass", "another name of the zone"},
      {50, "gaia.cs.umass.edu", "128.119.245.12", "", "the same name after 50 seconds"},
      {15, "gaia.cs.umass.edu", "128.119.245.12", "umass", "the same name after 65 seconds, with a TTL of 60"},
      {0, "www.cs.umass.edu", "128.119.240.84", "", "the other name, with a TTL of 300"},
      {90000, "www.cs.umass.edu", "128.119.240.84", "root, edu, umass", "the other name after more than a day"},
    } do
      task.sleep(step[1])
      local since, before = task.now(), resolver:output()
      resolver:write(step[2] .. "\n")
      t:require(function() return resolver:output():sub(#before + 1) end, "what is printed for " .. step[5])
        :within("60 s"):equals(step[2] .. " " .. step[3] .. "\n")
      t:expect(path(t, recorded, since), "the servers that are asked for " .. step[5]):equals(step[4])
    end
  end,
  limits = {time = "48 h"},
}

-- front makes a task that takes the datagrams for a host's server, which is on another port, and does with each what
-- act says: it gets the number of the datagram, the bytes, and functions that answer and that ask the real server.
local function front(host, act)
  host:spawn(function()
    local udp, real, count = socket.udp(), socket.udp(), 0
    assert(udp:setsockname("*", 53))
    real:settimeout(1)
    while true do
      local bytes, address, port = udp:receivefrom()
      count = count + 1
      act(count, bytes, function(reply) udp:sendto(reply, address, port) end, function()
        real:sendto(bytes, "127.0.0.1", 5353)
        return (real:receive())
      end)
    end
  end)
end

local function elsewhere() return 5353 end

check.test{
  name = "lost", title = "Datagrams get lost, and a server is dead", points = 3, needs = {"resolves"}, seeds = 5,
  hint = "settimeout(2), and ask again: each server at least four times, one after the other if there are several.",
  run = function(t)
    local client, hosts = begin(elsewhere)
    for _, name in ipairs{"root", "edu", "umass", "com"} do
      local lost = math.random(0, 3)
      front(hosts[name], function(n, _, send, real) if n > lost then send(real() or "") end end)
    end
    local resolver = start(t, client, hosts)
    ask(t, resolver, "gaia.cs.umass.edu", "128.119.245.12", "2 min")
    t:credit(2)
    -- hosting.com has its server behind no front: nobody listens there
    ask(t, resolver, "umass.hosting.com", "no answer", "5 min")
    ask(t, resolver, "www.cs.umass.edu", "128.119.240.84", "2 min")
  end,
}

check.test{
  name = "forged", title = "Replies that others have sent", points = 3, needs = {"resolves"}, seeds = 5,
  hint = "Compare id and question of each reply with the query, and go on waiting if they differ; draw ids at random.",
  run = function(t)
    local client, hosts, recorded = begin(elsewhere)
    local function forge(bytes, change)
      local message = dns.decode(bytes)
      if not message or not message.question[1] then return bytes end
      message.response = true
      message.answer = {message.question[1].name .. " 600 A 6.6.6.6"}
      change(message)
      return dns.encode(message)
    end
    for _, name in ipairs{"root", "edu", "umass"} do
      front(hosts[name], function(_, bytes, send, real)
        local answer = real()
        send(forge(bytes, function(m) m.id = (m.id + math.random(1, 65535)) % 65536 end))
        send(forge(bytes, function(m)
          m.question[1].name = "www.bank.com."
          m.answer = {"gaia.cs.umass.edu. 600 A 6.6.6.6", "www.cs.umass.edu. 600 A 6.6.6.6"}
        end))
        send("no message")
        task.sleep(0.1)
        send(answer or "")
      end)
    end
    local resolver = start(t, client, hosts)
    ask(t, resolver, "gaia.cs.umass.edu", "128.119.245.12")
    ask(t, resolver, "www.cs.umass.edu", "128.119.240.84")
    local ids, different = {}, 0
    for _, query in ipairs(asked(t, recorded)) do
      local id = query.message.id or -2 -- of what is no message
      if not ids[id] and not ids[id - 1] then different = different + 1 end
      ids[id] = true
    end
    t:expect(different, "the number of ids that neither were used before nor follow one that was"):at_least(3)
  end,
}

check.test{
  name = "weather", title = "Datagrams come late, twice and overtaken", points = 2, needs = {"resolves"},
  seeds = 10, tags = {"chaos"}, chaos = {loss = 0, duplicate = 0.5, reorder = 0.5, delay = "100 ms"},
  hint = "A reply may come twice, and the second time when you wait for another.",
  run = function(t)
    local client, hosts = begin()
    local resolver = start(t, client, hosts)
    ask(t, resolver, "gaia.cs.umass.edu", "128.119.245.12")
    ask(t, resolver, "umass.hosting.com", "23.74.1.8")
    ask(t, resolver, "moodle.umass.edu", "23.74.1.8")
    ask(t, resolver, "www.umass.edu", "128.119.240.84")
  end,
}
