-- A mail client by hand: real and obstinate servers, and the rules of SMTP
local check = require "check"
local net, socket, trace = require "net", require "socket", require "trace"
local rules, smtp = require "rules", require "smtp"

check.exercise{
  title = "A mail client by hand", main = "mailer.lua", modules = {"socket"},
  limits = {time = "2 min", packets = 20000},
}

local from, to = "alice@crepes.fr", "bob@hamburger.edu"
local letter = "From: alice@crepes.fr\nTo: bob@hamburger.edu\nSubject: lunch\n\n" ..
  "Do you like ketchup?\nHow about pickles?\n"

-- begin makes two hosts that see each other, and a trace.
local function begin()
  local client, server = net.host("crepes.fr"), net.host("hamburger.edu")
  net.link(client, server, {delay = "10 ms"})
  return client, server, trace.start()
end

-- send starts the submission with a message.
local function send(t, client, message)
  return t:start(client, {args = {"hamburger.edu", 25, from, to}, input = message})
end

-- lawful looks what the rules say of what the submission has said.
local function lawful(t, recorded)
  local found = t:must("read the dialogue", rules.dialogues(recorded, {ports = {25}}))
  t:expect(#found, "the number of connections to the server"):equals(1)
  for _, dialogue in ipairs(found) do
    t:expect(rules.smtp(dialogue, {should = false, side = "client"}), "the dialogue"):lawful()
  end
end

-- mailbox starts a real server on a host and returns the list of what it gets.
local function mailbox(server, options)
  local got = {}
  options.deliver = function(envelope, message) got[#got + 1] = {envelope = envelope, message = message} end
  server:spawn(function() assert(smtp.serve(options)) end)
  return got
end

-- arrived looks whether a message is there as it was written.
local function arrived(t, got, message)
  t:require(#got, "the number of messages that the server has got"):equals(1)
  t:expect(got[1].envelope.from, "the sender in MAIL"):equals(from)
  t:expect(table.concat(got[1].envelope.to, ", "), "the recipients in RCPT"):equals(to)
  t:expect((got[1].message:gsub("\r\n", "\n")), "the message that has arrived"):equals(message)
end

-- accepted looks whether the submission says so.
local function accepted(t, mailer)
  t:require(mailer):prints("accepted: 250 [^\n]*Message accepted for delivery")
  t:expect(mailer):exits(0)
end

check.test{
  name = "dialogue", title = "A message is handed over by the rules", points = 5,
  hint = "Compare: wait for replies, end lines with \\r\\n, put addresses in angle brackets, say QUIT.",
  run = function(t)
    local client, server, recorded = begin()
    local got = mailbox(server, {domain = "hamburger.edu"})
    local mailer = send(t, client, letter)
    t:expect(mailer):within("60 s"):exits(0)
    lawful(t, recorded)
    arrived(t, got, letter)
    t:credit(2)
    accepted(t, mailer)
  end,
}

check.test{
  name = "dots", title = "A message with dots at the begin of lines arrives whole", points = 2, needs = {"dialogue"},
  hint = "A line that begins with a dot is sent with one more (RFC 5321, 4.5.2).",
  run = function(t)
    local client, server, recorded = begin()
    local got = mailbox(server, {})
    local message = "Subject: dots\n\n.\n..\n.hidden\nno . here.\n...\n"
    accepted(t, send(t, client, message))
    arrived(t, got, message)
    lawful(t, recorded)
  end,
}

-- obstinate starts a server that says what a table has for each command, "." for the end of the message, and returns
-- the list of what it hears.
local function obstinate(server, replies)
  local heard = {}
  server:spawn(function()
    local conn = assert(assert(socket.bind("*", 25)):accept())
    local function say(verb) conn:send(replies[verb]:gsub("\n", "\r\n") .. "\r\n") end
    say("greeting")
    local in_text = false
    for line in function() return conn:receive("*l") end do
      heard[#heard + 1] = line
      local verb = line:sub(1, 4):upper()
      if in_text then
        if line == "." then
          in_text = false
          say(".")
        end
      elseif replies[verb] then
        say(verb)
        in_text = verb == "DATA" and replies.DATA:sub(1, 1) == "3"
        if verb == "QUIT" then break end
      else
        conn:send("500 What is " .. verb .. "?\r\n")
      end
    end
    conn:close()
  end)
  return heard
end

-- with returns the usual replies, but for some.
local function with(others)
  local replies = {
    greeting = "220 hamburger.edu", HELO = "250 Hello, pleased to meet you", EHLO = "250 hamburger.edu",
    MAIL = "250 Sender ok", RCPT = "250 Recipient ok", DATA = '354 Enter mail, end with "." on a line by itself',
    ["."] = "250 Message accepted for delivery", QUIT = "221 closing connection",
  }
  for verb, reply in pairs(others) do replies[verb] = reply end
  return replies
end

check.test{
  name = "long_replies", title = "Replies have several lines", points = 2, needs = {"dialogue"},
  hint = "Read on while the fourth character of a line is a hyphen.",
  run = function(t)
    local client, server, recorded = begin()
    obstinate(server, with{
      greeting = "220-hamburger.edu\n220-This server is the property of the kitchen.\n220 Be brief.",
      HELO = "250-Hello\n250-550 is not the code of this line\n250 pleased to meet you",
      EHLO = "250-hamburger.edu\n250-SIZE 1000000\n250 HELP",
      RCPT = "250-Recipient ok,\n250 though he is out for lunch",
    })
    accepted(t, send(t, client, letter))
    lawful(t, recorded)
  end,
}

check.test{
  name = "refused", title = "The server refuses", points = 3, needs = {"dialogue"},
  hint = "Look at the first digit of each code. After a refusal say QUIT, and end with os.exit(1).",
  run = function(t)
    for _, case in ipairs{
      {verb = "RCPT", reply = "550 5.1.1 bob@hamburger.edu... User unknown"},
      {verb = "MAIL", reply = "451 4.3.0 Not today"},
      {verb = ".", reply = "552 5.2.2 Mailbox full"},
    } do
      local client, server = net.host("client-" .. #case.reply), net.host("server-" .. #case.reply)
      net.link(client, server, {delay = "10 ms"})
      local heard = obstinate(server, with{[case.verb] = case.reply})
      local mailer = t:start(client, {args = {server:name(), 25, from, to}, input = letter})
      t:expect(mailer):within("60 s"):exits(1)
      t:expect(mailer:output(), "what is printed"):contains("refused: " .. case.reply)
      t:expect(heard[#heard], "the last line that the server hears"):equals("QUIT")
      if case.verb ~= "." then t:expect(heard, "what the server hears"):lacks("DATA") end
    end
  end,
}

check.test{
  name = "pieces", title = "Replies come late and in pieces", points = 3, needs = {"dialogue"},
  seeds = 20, tags = {"chaos"}, chaos = {cut = 1, delay = "300 ms", loss = 0.1},
  hint = "TCP is a stream: what was sent at once may arrive in pieces. Read lines, and wait as long as it takes.",
  run = function(t)
    local client, server, recorded = begin()
    local got = mailbox(server, {})
    accepted(t, send(t, client, letter))
    arrived(t, got, letter)
    lawful(t, recorded)
  end,
}
