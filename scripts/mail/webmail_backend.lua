-- How the webmail server asks the mail server: by IMAP for what is there, by SMTP for what is sent
--
-- For each page there is a session of its own, with the name and the password that the user has logged in with. A user
-- is a table with name, password and address.
local imap, mail, smtp = require "imap", require "mail", require "smtp"

local backend = {host = arg[1] or "localhost", domain = arg[2] or arg[1] or "localhost",
  imap_port = tonumber(arg[4] or 143), smtp_port = tonumber(arg[5] or 25)}

-- ask logs in, selects a folder if it is given one, calls question(session, folder), and logs out. It returns the
-- answer, or nil, why there is none and a code.
local function ask(user, folder, question)
  local s, why, code = imap.dial(backend.host, {port = backend.imap_port})
  if not s then return nil, why, code end
  local ok, answer
  ok, why, code = s:login(user.name, user.password)
  if ok and folder then ok, why, code = s:select(folder) end
  if ok then
    ok, answer, why, code = pcall(question, s, ok)
    if not ok then answer, why = nil, answer end
  end
  s:logout()
  return answer, why, code
end

-- login returns the user who has that name and password.
function backend.login(name, password)
  local address = name:find("@", 1, true) and name or name .. "@" .. backend.domain
  local user = {name = name, password = password, address = address}
  return ask(user, nil, function() return user end)
end

-- folder tells of all folders, and of up to 20 messages of one: those up to number last, the newest first.
function backend.folder(user, name, last)
  return ask(user, name, function(s, selected)
    local view = {name = name, folders = {}, messages = {}}
    for i, f in ipairs(assert(s:list())) do
      view.folders[i] = s:status(f.name) or {messages = 0, unseen = 0} -- of one that only has others below it
      view.folders[i].name = f.name
    end
    last = math.floor(math.min(selected.exists, last or selected.exists))
    view.first = math.max(1, last - 19)
    if last < 1 then return view end
    for _, m in ipairs(assert(s:fetch(view.first .. ":" .. last, "(UID FLAGS ENVELOPE)"))) do
      local flags, e = table.concat(m.flags or {}, " "), m.envelope
      table.insert(view.messages, 1, {uid = m.uid, seen = flags:find("\\Seen", 1, true) ~= nil, date = e.date or "",
        from = mail.decode_words(e.from[1] or ""), subject = mail.decode_words(e.subject or "")})
    end
    return view
  end)
end

-- letter fetches a message, which thereby becomes \Seen, and reads it.
function backend.letter(user, folder, uid)
  return ask(user, folder, function(s)
    local found = uid:find("^[1-9]%d*$") and assert(s:fetch(uid, "BODY[]", {uid = true}))[1]
    if not found then return nil, "there is no such message", "not-found" end
    return mail.parse(found.sections["BODY[]"])
  end)
end

-- send hands a letter in, and keeps a copy of it in the folder Sent.
function backend.send(user, letter)
  local recipients, why = mail.addresses(letter.to)
  if not recipients then return nil, why end
  for i, a in ipairs(recipients) do recipients[i] = a.address end
  if #recipients == 0 then return nil, "whom is it for? Write an address, such as bob@hamburger.edu" end
  letter.from = user.address
  local message, ok
  message, why = mail.message(letter)
  if not message then return nil, why end
  ok, why = smtp.send{host = backend.host, port = backend.smtp_port, user = user.name, password = user.password,
    from = user.address, to = recipients, message = message}
  if not ok then return nil, why end
  ask(user, nil, function(s) return s:create("Sent"), s:append("Sent", message, {flags = {"\\Seen"}}) end)
  return true
end

return backend
