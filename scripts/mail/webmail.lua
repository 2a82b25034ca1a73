-- Webmail: Erin reads her mail with nothing but a browser
--
-- Alice writes to erin@yahoo.com. Erin is abroad, at a computer in São Paulo that has a browser. It asks www.yahoo.com
-- by HTTP; scripts there ask mail.yahoo.com by IMAP, and hand her answer in by SMTP. Folders and flags are IMAP's: what
-- she reads here, all her other programs show as read.
local textbook, task, trace = require "textbook", require "task", require "trace"
local http, mail, pop3, smtp = require "http", require "mail", require "pop3", require "smtp"

local hosts = textbook.build{"alice.crepes.fr", "yahoo.com", "virtua.com.br"}
local alice, cafe = hosts["alice.crepes.fr"], hosts["bb424df3.virtua.com.br"]
local crepes, www, office = hosts["crepes.fr"], hosts["www.yahoo.com"], hosts["mail.yahoo.com"]
assert(www:exec("webmail_server.lua", "mail.yahoo.com", "yahoo.com", 8080))

assert(alice:spawn(function()
  local text = "Shall we open a shop?\n<script>alert('mine now')</script>\n"
  assert(smtp.send{host = "crepes.fr", from = "alice@crepes.fr", to = "erin@yahoo.com", message = mail.message{
    from = "Alice <alice@crepes.fr>", to = "erin@yahoo.com", subject = "crêpes & <b>bold</b> plans", text = text}})
end):join())
task.sleep("5 s")

-- show prints the text of a page, and the addresses behind its links and forms in brackets.
local function show(title, page)
  print(("-- %s: %d %s, %.2f s"):format(title, page.status, page.reason, page.seconds))
  local text = page.body:gsub("<head>.-</head>", ""):gsub('<a href="(.-)">(.-)</a>', "%2 [%1] ")
  text = text:gsub('<form[^>]* action="(.-)">', "[form for %1] "):gsub("<[^>]*>", " ")
  text = text:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&#39;", "'"):gsub("&amp;", "&")
  for line in text:gmatch("[^\n]+") do
    line = line:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
    if line ~= "" then print("   " .. line) end
  end
end

local t = trace.start()
assert(cafe:spawn(function()
  local site, browser = "http://www.yahoo.com:8080", http.client{agent = "Mozilla/4.0", jar = ""}
  show("before the login", browser:get(site .. "/folder?name=INBOX"))
  show("a wrong password", browser:post(site .. "/login", {user = "erin", password = "thirsty"}))
  local inbox = browser:post(site .. "/login", {user = "erin", password = "hungry"})
  show("the right one", inbox)
  local began = task.now()
  local letter = browser:get(site .. inbox.body:match('"(/message[^"]*)"'):gsub("&amp;", "&"))
  show("the letter", letter)
  print("   its script, as it stands in the page: " .. letter.body:match("[^\n]*alert[^\n]*"))
  print("\n" .. t:dialogue{from = began, ports = {143}} .. "\n")
  show("an answer", browser:get(site .. letter.body:match('"(/write[^"]*)"'):gsub("&amp;", "&")))
  local answer = {to = "Alice <alice@crepes.fr>", subject = "Re: plans", text = "Yes!\r\n"}
  show("sent", browser:post(site .. "/send", answer))
  browser:post(site .. "/logout", "")
  show("after the logout", browser:get(site .. "/folder?name=INBOX"))
end):join())
task.sleep("5 s")
t:stop()

print("\nfor all this:")
for _, way in ipairs{{cafe, www, 8080, "HTTP"}, {www, office, 143, "IMAP"}, {www, office, 25, "SMTP"},
  {office, crepes, 25, "SMTP"}} do
  local client, server, connections, bytes = way[1]:name(), way[2]:name(), 0, 0
  for _, e in ipairs(t:events{hosts = {client, server}, ports = {way[3]}}) do
    if e.op == "connect" and e.host == client then connections = connections + 1 end
    if e.op == "send" then bytes = bytes + e.size end
  end
  print(("  %s asked %s by %s: connections %d, bytes %d"):format(client, server, way[4], connections, bytes))
end

assert(alice:spawn(function()
  local s = assert(pop3.dial("crepes.fr"))
  assert(s:login("alice", "hungry"))
  local m = mail.parse(assert(s:retr((s:stat()))))
  print(("\nAlice has mail from %s: %s"):format(m:header("from"), m:text()))
end):join())
