-- A webmail server: a web site through which users of a mail server read and write mail
--
-- The browser speaks HTTP alone; behind this server stand IMAP and SMTP (webmail_backend.lua). It keeps no mail itself,
-- only who has logged in: that is what the number in the cookie says.
--
-- usage: webmail_server.lua [server [domain [[address:]port [imap-port [smtp-port]]]]]
-- The mail server is localhost, the domain of its addresses the same, and the ports are 80, 143 and 25 if left out.
-- With --net real, give --seed a number that nobody knows: the numbers in the cookies come from it.
local http, url, chap = require "http", require "socket.url", require "chap"
local backend, pages = require "webmail_backend", require "webmail_pages"

local sessions = {} -- the users who have logged in, by the number in their cookie

local function go_to(folder, cookies)
  return {status = 303, headers = {Location = "/folder?name=" .. url.escape(folder)}, cookies = cookies}
end

local get, post = {}, {} -- what answers a user, by path, with the fields of the form or of the URL

get["/"] = function() return go_to("INBOX") end

get["/folder"] = function(user, fields)
  local view, why, code = backend.folder(user, fields.name, tonumber(fields.last))
  if not view then return pages.failure(why, code) end
  return pages.folder(user, view)
end

get["/message"] = function(user, fields)
  local m, why, code = backend.letter(user, fields.folder, fields.uid)
  if not m then return pages.failure(why, code) end
  return pages.message(m, fields.folder, fields.uid)
end

-- A new message, or an answer to one.
get["/write"] = function(user, fields)
  if fields.uid == "" then return pages.write({to = "", subject = "", text = ""}) end
  local m, why, code = backend.letter(user, fields.folder, fields.uid)
  if not m then return pages.failure(why, code) end
  local subject = (m:header("subject") or ""):gsub("^[Rr][Ee]:%s*", "")
  local text = ("\n" .. (m:text() or "")):gsub("\n", "\n> "):sub(2) .. "\n"
  return pages.write({to = m:header("reply-to") or m:header("from"), subject = "Re: " .. subject, text = text,
    in_reply_to = m:id()})
end

post["/send"] = function(user, form)
  local letter = {to = form.to, subject = form.subject, text = form.text:gsub("\r\n", "\n"),
    in_reply_to = form.in_reply_to ~= "" and form.in_reply_to or nil}
  local ok, why = backend.send(user, letter)
  if not ok then return pages.write(letter, why) end
  return go_to("Sent")
end

local function login(form)
  local user, why, code = backend.login(form.user, form.password)
  if not user then return pages.login(backend.domain, code == "denied" and "wrong name or password" or why) end
  local number = chap.challenge(16):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  sessions[number] = user
  return go_to("INBOX", {session = {value = number, http_only = true}})
end

local address, port = (arg[3] or "80"):match("^(.-):?(%d+)$")
local site = assert(http.serve({address = address, port = tonumber(port), handler = function(request)
  local fields = setmetatable({}, {__index = function() return "" end})
  for name, value in pairs(request.method == "POST" and request.form or request.params) do
    fields[name] = type(value) == "table" and value[1] or value -- a field may come twice
  end
  local page = (request.method == "POST" and post or get)[request.path]
  local number = request.cookies.session or ""
  local user = sessions[number]
  if request.method == "POST" and request.path == "/login" then return login(fields) end
  if request.method == "POST" and request.path == "/logout" then
    sessions[number] = nil
    return pages.login(backend.domain)
  end
  if not user then return pages.login(backend.domain) end
  if not page then return pages.failure("there is no such page", "not-found") end
  return page(user, fields)
end}))
print(("webmail of %s at port %d"):format(backend.domain, site:port()))
