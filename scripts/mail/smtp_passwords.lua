-- SMTP and passwords: what a listener on the wire sees
--
-- Alice hands her mail to the server of her university, which wants to know who she is. Somebody records the packets of
-- the link. PLAIN sends the password in another alphabet, base64; CRAM-MD5 sends an answer to a challenge, which does
-- not show the password; under TLS nothing can be read at all, not even to whom she writes.
local net = require "net"
local capture = require "capture"
local mime = require "mime"
local smtp = require "smtp"

local server, client = net.host("smtp.uni.pt"), net.host("laptop")
local link = net.link(client, server, {delay = "5 ms"})

server:spawn(function()
  smtp.serve{
    port = smtp.SUBMISSION_PORT, users = {alice = "hungry"}, tls = true, insecure = true,
    deliver = function(envelope) print("  delivered by " .. envelope.protocol .. " for " .. envelope.user) end,
    on = {mail = function(envelope) if not envelope.user then return "530 5.7.0 Authentication required" end end},
  }
end)

-- attempt runs a session while the link is recorded, and shows what can be read in the packets.
local function attempt(title, session)
  print("-- " .. title)
  local c = assert(capture.start{link = link})
  assert(client:spawn(function()
    local s = assert(smtp.dial("smtp.uni.pt", {port = smtp.SUBMISSION_PORT}))
    s:ehlo()
    session(s)
    local reply, err = s:mail("alice@uni.pt")
    if reply then
      s:rcpt("bob@hamburger.edu")
      s:data("Subject: hello\n\nHello Bob\n")
    else
      print("  " .. err)
    end
    s:quit()
  end):join())
  c:stop()
  local heard = {}
  for _, packet in ipairs(c:list()) do heard[#heard + 1] = packet.data end
  heard = table.concat(heard)
  local proof = heard:match("AUTH PLAIN (%S+)")
  if proof then print("  overheard: " .. proof .. ", which is " .. mime.unb64(proof):gsub("%z", "|")) end
  local challenge, answer = heard:match("334 (%S+)\r\n(%S+)")
  if challenge then
    print("  overheard: challenge " .. mime.unb64(challenge))
    print("  overheard: answer    " .. mime.unb64(answer))
  end
  print("  the recipient's address was " .. (heard:find("bob@hamburger.edu", 1, true) and "read" or "not read"))
end

attempt("without a password", function() end)
attempt("AUTH PLAIN", function(s) assert(s:auth("alice", "hungry", "PLAIN")) end)
attempt("AUTH CRAM-MD5", function(s) assert(s:auth("alice", "hungry", "CRAM-MD5")) end)
attempt("STARTTLS, then AUTH PLAIN", function(s)
  assert(s:starttls())
  s:ehlo()
  assert(s:auth("alice", "hungry", "PLAIN"))
end)
attempt("a wrong password", function(s) print("  " .. select(2, s:auth("alice", "thirsty"))) end)
