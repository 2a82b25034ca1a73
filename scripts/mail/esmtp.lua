-- SMTP and its extensions: a server that knows EHLO, one that does not, and a client that speaks to both
--
-- First the second session of the slides, between alpha.tap.pt and beta.di.fct.unl.pt: one message for two recipients
-- travels once. Then the client says EHLO in place of HELO. A server of 1982 does not know the word (500), so the
-- client goes on with HELO, and must keep to 7-bit ASCII: the accents go in quoted-printable. A newer server says what
-- it can: 8BITMIME takes the message as it is, and SIZE refuses what is too long before it travels.
-- Try: `max_size = 300, without = {"8BITMIME"}}, hello` instead of `max_size = 300}, hello`. What does the client do
-- with the accents?
local net = require "net"
local mail = require "mail"
local smtp = require "smtp"
local trace = require "trace"

local beta, alpha = net.host("beta.di.fct.unl.pt"), net.host("alpha.tap.pt")
net.link(alpha, beta, {delay = "20 ms"})

local function deliver(envelope) print("  [for " .. table.concat(envelope.to, " and ") .. "]") end
-- session runs a function on the client, and shows what was said.
local function session(title, options, f)
  local _, server = assert(beta:spawn(smtp.serve, options):join())
  print("-- " .. title)
  local t = trace.start()
  assert(alpha:spawn(f):join())
  print(t:stop():dialogue() .. "\n")
  server:close()
end

local replies = {
  greeting = "220 {domain} SMTP Server Ready", helo = "250 {domain}", mail = "250 OK", rcpt = "250 OK",
  data = "354 Start mail input; end with <CR><LF>.<CR><LF>", accepted = "250 OK",
  quit = "221 {domain} Service closing transmission channel",
}
session("the session of the slides", {deliver = deliver, replies = replies}, function()
  local s = assert(smtp.dial("beta.di.fct.unl.pt"))
  s:helo("alpha.tap.pt")
  s:mail("silva@tap.pt")
  s:rcpt("jose@di.fct.unl.pt")
  s:rcpt("maria@di.fct.unl.pt")
  s:data("Temos de ir ao Algarve\n")
  s:quit()
end)

-- send sends a message with accents: as it is, or where the server cannot take that, as ASCII.
local function send(text)
  for _, encoding in ipairs{"8bit", "quoted-printable"} do
    local message = mail.message{from = "silva@tap.pt", to = "jose@di.fct.unl.pt", subject = "Algarve",
      id = "1@tap.pt", text = text, encoding = encoding}
    local reply, err, code = smtp.send{host = "beta.di.fct.unl.pt", from = "silva@tap.pt", to = "jose@di.fct.unl.pt",
      message = message}
    print("  " .. encoding .. ": " .. (reply or err))
    if code ~= "unsupported" then break end
  end
end

local function of_1982(_, line) return line:find("^EHLO") and "500 Command unrecognized" or nil end
local function hello() send("Até amanhã\n") end
session("a server that does not know EHLO", {deliver = deliver, on = {command = of_1982}}, hello)
session("one that does", {deliver = deliver, max_size = 300}, hello)
session("a message too long for it", {deliver = deliver, max_size = 300}, function() send(("é"):rep(200)) end)
