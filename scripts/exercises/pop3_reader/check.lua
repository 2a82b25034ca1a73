-- A mail reader by hand: real mailboxes, and the rules of POP3
local check = require "check"
local net, trace = require "net", require "trace"
local pop3, rules = require "pop3", require "rules"

check.exercise{
  title = "A mail reader by hand", main = "inbox.lua", modules = {"socket"}, limits = {time = "5 min", packets = 20000},
}

local letters = {"Subject: lunch\n\nDo you like ketchup?\n", "Subject: dinner\n\nWhat about crepes?\nOr a soup?\n"}

-- begin starts a server with messages for alice on a host, and a trace.
local function begin(messages)
  local client, server = net.host("laptop"), net.host("mail.hamburger.edu")
  net.link(client, server, {delay = "10 ms"})
  server:spawn(function()
    local s = assert(pop3.serve{users = {alice = "hungry"}})
    for _, message in ipairs(messages) do assert(s:deliver("alice", message)) end
  end)
  return client, server, trace.start()
end

-- read starts the submission.
local function read(t, client, ...)
  return t:start(client, {args = {"mail.hamburger.edu", 110, "alice", ...}})
end

-- lawful looks what the rules say of what the submission has said.
local function lawful(t, recorded)
  local found = t:must("read the dialogue", rules.dialogues(recorded, {ports = {110}}))
  t:require(#found, "the number of connections to the server"):equals(1)
  t:expect(rules.pop3(found[1], {side = "client"}), "the dialogue"):lawful()
end

-- printed returns what is to be printed of messages.
local function printed(messages)
  local out = {}
  for n, message in ipairs(messages) do
    local size = #message:gsub("\n", "\r\n")
    out[n] = ("--- message %d, %d bytes\n%s"):format(n, size, message)
  end
  return table.concat(out)
end

-- left returns how many messages are in the mailbox.
local function left(server)
  local count
  server:spawn(function()
    local s = assert(pop3.dial("localhost"))
    assert(s:login("alice", "hungry"))
    count = #s:list()
    s:quit()
  end):join()
  return count
end

check.test{
  name = "reads", title = "Two messages are read by the rules", points = 5,
  hint = "Compare with the dialogue in the handout: the server speaks first, and answers each command.",
  run = function(t)
    local client, _, recorded = begin(letters)
    local inbox = read(t, client, "hungry")
    t:expect(inbox):within("2 min"):exits(0)
    lawful(t, recorded)
    t:expect(inbox:output(), "what is printed"):equals(printed(letters))
  end,
}

check.test{
  name = "dots", title = "Lines that begin with dots", points = 2, needs = {"reads"},
  hint = "A line of an answer that begins with a dot has one more than the message (RFC 1939, 3).",
  run = function(t)
    local client, _, recorded = begin{"Subject: dots\n\n.\n..\n.hidden\nno . here.\n...\n", letters[1]}
    local inbox = read(t, client, "hungry", "keep")
    t:expect(inbox):within("2 min"):exits(0)
    t:expect(inbox:output(), "what is printed"):equals(
      printed{"Subject: dots\n\n.\n..\n.hidden\nno . here.\n...\n", letters[1]})
    lawful(t, recorded)
  end,
}

check.test{
  name = "deletes", title = "Messages are deleted, or kept", points = 3, needs = {"reads"},
  hint = "DELE only marks a message; the server deletes what is marked when it hears QUIT.",
  run = function(t)
    local client, server = begin(letters)
    t:expect(read(t, client, "hungry", "keep")):within("2 min"):exits(0)
    t:require(left(server), "the number of messages after inbox.lua with keep"):equals(2)
    t:credit(1)
    local inbox = read(t, client, "hungry")
    t:expect(inbox):within("2 min"):exits(0)
    t:expect(inbox:output(), "what is printed"):equals(printed(letters))
    t:expect(left(server), "the number of messages after inbox.lua without keep"):equals(0)
  end,
}

check.test{
  name = "empty", title = "An empty mailbox", points = 1, needs = {"reads"},
  hint = "The answer to LIST may have no line but the last.",
  run = function(t)
    local client, _, recorded = begin{}
    local inbox = read(t, client, "hungry")
    t:expect(inbox):within("2 min"):exits(0)
    t:expect(inbox:output(), "what is printed"):equals("no messages\n")
    lawful(t, recorded)
  end,
}

check.test{
  name = "refused", title = "A wrong password", points = 2, needs = {"reads"},
  hint = "Look whether an answer begins with +OK; after a refusal print it, say QUIT, and end with os.exit(1).",
  run = function(t)
    local client, _, recorded = begin(letters)
    local inbox = read(t, client, "thirsty")
    t:expect(inbox):within("2 min"):exits(1)
    t:expect(inbox:output(), "what is printed"):matches("^refused: %-ERR [^\n]*\n$")
    lawful(t, recorded)
  end,
}

check.test{
  name = "pieces", title = "Answers come late and in pieces", points = 2, needs = {"reads"},
  seeds = 20, tags = {"chaos"}, chaos = {cut = 1, delay = "300 ms", loss = 0.1},
  hint = "TCP is a stream: what was sent at once may arrive in pieces. Read lines, and wait as long as it takes.",
  run = function(t)
    local client, _, recorded = begin(letters)
    local inbox = read(t, client, "hungry")
    t:expect(inbox):within("4 min"):exits(0)
    t:expect(inbox:output(), "what is printed"):equals(printed(letters))
    lawful(t, recorded)
  end,
}
