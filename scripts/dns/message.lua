-- The DNS message byte by byte: a header of twelve, the question, and records in three sections
--
-- Question and answer have the same format. The client draws 16 bits of identification, which the server repeats, so
-- that an answer finds its question. 16 bits of flags say what the message is; four numbers, how many entries each
-- section has. A name is its labels, each behind a byte with its length, and byte 0. To save space a name may point to
-- where its rest stands already: c0 0c is "as at byte 12". The lab takes both messages apart with string.byte alone.
-- Try: `dns.message("nobody.cs.umass.edu", "A")` instead of `dns.message("gaia.cs.umass.edu", "A")`; or
-- `dns.message("gaia.cs.umass.edu", "MX")` instead of `dns.message("gaia.cs.umass.edu", "A")`. Which flags and sections
-- are different?
local net, dns, socket = require "net", require "dns", require "socket"

local server, client = net.host("dns.cs.umass.edu"), net.host("cis.poly.edu")
net.link(server, client, {delay = "10 ms"})
server:spawn(function()
  dns.serve{zones = {dns.zone({"@ NS dns", "dns A " .. server:address(), "gaia A 128.119.245.12"},
    {origin = "cs.umass.edu"})}}
end)

local function u16(m, at) return m:byte(at + 1) * 256 + m:byte(at + 2) end -- at counts from 0, as RFC 1035 does

-- name returns the name at a place, and the place behind it.
local function name(m, at)
  local labels, behind = {}, nil
  while m:byte(at + 1) > 0 do
    local n = m:byte(at + 1)
    if n >= 192 then
      behind, at = behind or at + 2, u16(m, at) - 0xc000
    else
      table.insert(labels, m:sub(at + 2, at + 1 + n))
      at = at + 1 + n
    end
  end
  return table.concat(labels, ".") .. ".", behind or at + 1
end

local function hex(m, from, to)
  return (m:sub(from + 1, to):gsub(".", function(c) return (" %02x"):format(c:byte()) end))
end
local TYPES = {[1] = "A", [2] = "NS", [5] = "CNAME", [6] = "SOA", [15] = "MX", [16] = "TXT", [28] = "AAAA"}

local function show(title, m)
  print(("%s: %d bytes"):format(title, #m))
  local function row(from, to, text) print(("  %3d  %-51s%s"):format(from, text, hex(m, from, to))) end
  row(0, 2, "identification " .. u16(m, 0))
  local function bits(first, n) return math.floor(u16(m, 2) / 2 ^ (16 - first - n)) % 2 ^ n end
  row(2, 4, ("flags: QR %d opcode %d AA %d TC %d RD %d RA %d rcode %d"):format(
    bits(0, 1), bits(1, 4), bits(5, 1), bits(6, 1), bits(7, 1), bits(8, 1), bits(12, 4)))
  local counts = {}
  for i, section in ipairs{"question", "answer", "authority", "additional"} do
    counts[i] = u16(m, 2 + 2 * i)
    row(2 + 2 * i, 4 + 2 * i, ("entries in section %s: %d"):format(section, counts[i]))
  end
  local asked, at = name(m, 12)
  row(12, at, "question: " .. asked)
  row(at, at + 4, ("  type %s, class %d"):format(TYPES[u16(m, at)], u16(m, at + 2)))
  at = at + 4
  for i, section in ipairs{"answer", "authority", "additional"} do
    for _ = 1, counts[i + 1] do
      local owner, head = name(m, at)
      local kind, ttl, length = TYPES[u16(m, head)], u16(m, head + 4) * 65536 + u16(m, head + 6), u16(m, head + 8)
      local data = head + 10
      local value = kind == "A" and ("%d.%d.%d.%d"):format(m:byte(data + 1, data + 4))
        or (kind == "NS" or kind == "CNAME" or kind == "SOA") and name(m, data) or length .. " bytes"
      row(at, head, ("%s: %s"):format(section, owner))
      row(head, data, ("  type %s, class %d, for %d s, %d bytes:"):format(kind, u16(m, head + 2), ttl, length))
      row(data, data + length, "  " .. value)
      at = data + length
    end
  end
end

client:spawn(function()
  local udp = socket.udp()
  udp:setpeername(server:address(), 53)
  local question = dns.encode(dns.message("gaia.cs.umass.edu", "A"))
  question = string.char(math.random(0, 255), math.random(0, 255)) .. question:sub(3)
  udp:send(question)
  show("the question", question)
  show("\nthe answer", udp:receive())
end)
