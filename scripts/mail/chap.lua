-- CHAP: to prove that one knows the password without saying it
--
-- Only the most stupid protocols, says the lecture, send passwords as they are. Its example: the password is +1, the
-- server asks with a word, and the client answers with every letter moved on by one, in an Italian alphabet, which has
-- no j, k and w: i becomes l. The real CHAP answers with an MD5 of number, password and question; APOP of POP3 and
-- CRAM-MD5 do alike. Eve listens, and tries what she has heard.
local net = require "net"
local chap, pop3, trace = require "chap", require "pop3", require "trace"
local mime = require "mime"
local socket = require "socket"

local server, client, eve = net.host("server"), net.host("client"), net.host("eve")
for _, h in ipairs{client, eve} do net.link(server, h, {delay = "5 ms"}) end
local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

print("-- the lecture's example")
local answer = chap.response("+1", "Giovanni", {hash = "shift"})
print("challenge Giovanni, solution " .. answer)
print("verified:", chap.verify("+1", "Giovanni", answer, {hash = "shift"}))
local slide = "Hlnxbool"
for i = 1, #slide do
  if slide:sub(i, i) ~= answer:sub(i, i) then
    print(("(the slide has %s; its letter %d is not %s moved on by one)"):format(slide, i, ("Giovanni"):sub(i, i)))
  end
end
for key = 1, 22 do -- but the cipher is a toy: one exchange gives the key away
  if chap.verify("+" .. key, "Giovanni", answer, {hash = "shift"}) then print("Eve tries all keys: it is +" .. key) end
end

server:spawn(function()
  chap.serve{users = {alice = "hungry"}}
  pop3.serve{users = {alice = "hungry"}, apop = true}
end):join()

-- listen runs a login and says what was on the wire.
local function listen(title, login)
  local t = trace.start()
  client:spawn(login):join()
  t:stop()
  local wire = {}
  for _, e in ipairs(t:events()) do
    if e.op == "send" then wire[#wire + 1] = e.data end
    if e.op == "message" and not e.received then print("  " .. e.text) end
  end
  local all = table.concat(wire)
  for _, pattern in ipairs{"PASS [^\r]+", "POP3 server ready <[^\r]+", "APOP [^\r]+"} do
    local line = all:match(pattern)
    if line then print("  " .. line) end
  end
  for coded in (all:match("AUTH CRAM%-MD5.*") or ""):gmatch("([%w+/]+=*)\r\n") do
    if #coded > 20 then print("  " .. mime.unb64(coded)) end
  end
  print(("%-9s the password was %s"):format(title, all:find("hungry", 1, true) and "read" or "not read"))
end

print("\n-- what Eve hears")
listen("PASS", function() pop3.dial("server"):login("alice", "hungry") end)
listen("APOP", function() pop3.dial("server"):apop("alice", "hungry") end)
listen("CRAM-MD5", function() pop3.dial("server"):cram_md5("alice", "hungry") end)
listen("CHAP", function() chap.login("server", "alice", "hungry") end)

print("\n-- Eve sends again what she has heard")
local t = trace.start()
client:spawn(function() chap.login("server", "alice", "hungry") end):join()
local heard
for _, e in ipairs(t:stop():events()) do
  if e.op == "send" and e.host == "client" then heard = e.data end
end
eve:spawn(function()
  local conn = assert(socket.connect("server", chap.PORT))
  local head = conn:receive(4)
  local question = conn:receive(head:byte(3) * 256 + head:byte(4) - 4)
  print("  new challenge " .. head:byte(2) .. " " .. hex(question:sub(2, 17)))
  conn:send(heard:sub(1, 1) .. head:sub(2, 2) .. heard:sub(3)) -- with the new number
  print("  old response  " .. heard:byte(2) .. " " .. hex(heard:sub(6, 21)))
  print("  server: " .. conn:receive("*a"):sub(5))
end):join()
