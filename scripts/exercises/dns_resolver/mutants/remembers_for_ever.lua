-- A resolver that does not look at TTLs
-- fails: cache
local socket = require "socket"

local A, NS, CNAME = 1, 2, 5
local patience, attempts = 2, 5
math.randomseed(socket.gettime() * 1000)

local function number(bytes, at) return bytes:byte(at) * 256 + bytes:byte(at + 1) end

local function encode(id, name)
  local header = string.char(math.floor(id / 256), id % 256, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
  local labels = name:gsub("([^.]+)%.?", function(label) return string.char(#label) .. label end)
  return header .. labels .. "\0" .. "\0\1\0\1"
end

-- read_name returns the name at a byte, in small letters, and where what follows it begins.
local function read_name(bytes, at)
  local labels, after, jumps = {}, nil, 0
  while true do
    local length = bytes:byte(at)
    if length == 0 then
      return table.concat(labels, "."):lower(), after or at + 1
    elseif length >= 192 then
      jumps = jumps + 1
      assert(jumps < 50, "a name without end")
      after = after or at + 2
      at = number(bytes, at) - 192 * 256 + 1
    else
      labels[#labels + 1] = assert(bytes:sub(at + 1, at + length))
      at = at + 1 + length
    end
  end
end

-- decode takes a message apart: id, rcode, question, and the records of the three sections.
local function decode(bytes)
  local message = {id = number(bytes, 1), response = bytes:byte(3) >= 128, rcode = bytes:byte(4) % 16}
  local at = 13
  message.question, at = read_name(bytes, at)
  at = at + 4
  for section, place in ipairs{7, 9, 11} do
    local records = {}
    for _ = 1, number(bytes, place) do
      local record = {}
      record.name, at = read_name(bytes, at)
      record.type = number(bytes, at)
      record.ttl = number(bytes, at + 4) * 65536 + number(bytes, at + 6)
      local size = number(bytes, at + 8)
      at = at + 10
      if record.type == A then
        record.data = table.concat({bytes:byte(at, at + 3)}, ".")
      elseif record.type == NS or record.type == CNAME then
        record.data = read_name(bytes, at)
      end
      at = at + size
      records[#records + 1] = record
    end
    message[({"answer", "authority", "additional"})[section]] = records
  end
  return message
end

-- The cache: lists of data by name and type, each with the instant at which it is forgotten.
local cache = {}

local function keep(record)
  local key = record.name .. " " .. record.type
  local known = cache[key]
  if not known or known.fresh then
    known = known or {fresh = true, till = math.huge}
    cache[key] = known
    known[#known + 1] = record.data
    known.till = math.min(known.till, socket.gettime() + record.ttl)
  end
end

-- keep_all takes records in place of what was known of their names and types.
local function keep_all(records)
  for _, r in ipairs(records) do if r.data then cache[r.name .. " " .. r.type] = nil end end
  for _, r in ipairs(records) do if r.data then keep(r) end end
end

local function known(name, kind)
  local list = cache[name .. " " .. kind]
  if list then return list end
end

-- ask sends a query to a server and returns its reply, nil if none comes in time.
local function ask(server, name)
  local udp = socket.udp()
  local id = math.random(0, 65535)
  udp:setpeername(server, 53)
  udp:send(encode(id, name))
  local till = socket.gettime() + patience
  local reply
  repeat
    udp:settimeout(math.max(till - socket.gettime(), 0))
    local bytes = udp:receive()
    local ok, message = pcall(decode, bytes or "")
    if ok and message.id == id and message.response and message.question == name then reply = message end
  until reply or not bytes and socket.gettime() >= till
  udp:close()
  return reply
end

local resolve

-- servers returns the addresses of the servers of the nearest zone above a name that is known, and the zone.
local function servers(name, depth)
  local zone = name
  while zone ~= "" do
    local names, list = known(zone, NS), {}
    for _, server in ipairs(names or {}) do
      local addresses = known(server, A)
      if addresses then list[#list + 1] = addresses[1] end
    end
    for _, server in ipairs(#list == 0 and names or {}) do
      list[#list + 1] = resolve(server, depth + 1)
    end
    if #list > 0 then return list, zone end
    zone = zone:match("^[^.]*%.(.*)$") or ""
  end
  return arg, ""
end

-- ask_any asks servers in turn until one replies.
local function ask_any(list, name)
  for _ = 1, attempts do
    for _, server in ipairs(list) do
      local reply = ask(server, name)
      if reply and (reply.rcode == 0 or reply.rcode == 3) then return reply end
    end
  end
end

-- resolve returns an address of a name; or nil and why not.
function resolve(name, depth)
  if depth > 20 then return nil, "no answer" end
  for _ = 1, 20 do
    local addresses, alias = known(name, A), known(name, CNAME)
    if addresses then return addresses[1] end
    if alias then return resolve(alias[1], depth + 1) end
    local list, zone = servers(name, depth)
    local reply = ask_any(list, name)
    if not reply then return nil, "no answer" end
    keep_all(reply.answer)
    local further
    for _, r in ipairs(reply.authority) do
      further = further or r.type == NS and #r.name > #zone
    end
    if #reply.answer > 0 then
      if not known(name, A) and not known(name, CNAME) then -- it must not be kept, but it is an answer
        for _, r in ipairs(reply.answer) do if r.type == A then return r.data end end
        return nil, "not found"
      end
    elseif reply.rcode == 3 or not further then
      return nil, "not found"
    else
      keep_all(reply.authority)
      keep_all(reply.additional)
    end
  end
  return nil, "no answer"
end

for line in io.lines() do
  local name = line:lower()
  local address, why = resolve(name, 0)
  print(name .. " " .. (address or why))
  io.stdout:flush()
end
