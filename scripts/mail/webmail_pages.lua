-- The pages of the webmail server: HTML around what the mail server says
--
-- All that a stranger may have written (subjects, names, texts) is escaped: in a page that took it as it is, a letter
-- could bring a script along, which would run in its reader's browser with the reader's rights.
local url, pages = require "socket.url", {}
local special = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}

-- fill writes the fields, escaped, where a template has their names in braces; in {{name}} stands HTML that is ready.
local function fill(template, fields)
  return (template:gsub("{({?)([%w_]+)}}?", function(ready, name)
    local text = tostring(fields[name] or "")
    return ready == "{" and text or text:gsub("[&<>\"']", special)
  end))
end

local function each(template, list)
  local all = {}
  for i, fields in ipairs(list) do all[i] = fill(template, fields) end
  return table.concat(all, "\n")
end

local frame = [[
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {font: 16px sans-serif; margin: 2em auto; max-width: 50em} nav a {margin-right: 1em} .error {color: #b00}
table {width: 100%} td, th {text-align: left; padding: .3em} .new {font-weight: bold}
pre {white-space: pre-wrap; background: #eee; padding: 1em} button {font: inherit}
input, textarea {display: block; width: 100%; margin: .3em 0; font: inherit}
</style></head><body><h1>{title}</h1>
{{body}}</body></html>
]]

-- page is a whole page. Nothing but what is in it may be loaded, and no other site may show it as a part of its own.
local function page(title, template, fields, status)
  local policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
  local headers = {["Cache-Control"] = "no-store", ["Content-Security-Policy"] = policy}
  return status or 200, fill(frame, {title = title, body = fill(template, fields)}), headers
end

function pages.failure(why, code)
  return page("That did not work", '<p class="error">{why}</p>', {why = why}, code == "not-found" and 404 or 502)
end

function pages.login(domain, failure)
  return page("Mail of " .. domain, [[<p class="error">{failure}</p><form method="post" action="/login">
<label>Name <input name="user" autofocus></label><label>Password <input name="password" type="password"></label>
<button>Log in</button></form>]], {failure = failure}, failure and 403)
end

function pages.folder(user, view)
  for _, f in ipairs(view.folders) do f.at = url.escape(f.name) end
  for _, m in ipairs(view.messages) do m.at, m.class = url.escape(view.name), m.seen and "" or "new" end
  return page(view.name .. " of " .. user.address, [[<nav>{{folders}}<a href="/write">write</a></nav>
<table><tr><th>From</th><th>Subject</th><th>Date</th></tr>
{{messages}}
</table><p>{{older}}</p><form method="post" action="/logout"><button>Log out</button></form>]], {
    folders = each('<a href="/folder?name={at}">{name} ({unseen} new of {messages})</a>', view.folders),
    messages = each('<tr class="{class}"><td>{from}</td><td><a href="/message?folder={at}&amp;uid={uid}">' ..
      '{subject}</a></td><td>{date}</td></tr>', view.messages),
    older = each('<a href="/folder?name={at}&amp;last={last}">older</a>',
      {view.first > 1 and {at = url.escape(view.name), last = view.first - 1} or nil})})
end

function pages.message(m, folder, uid)
  return page(m:header("subject") or "(no subject)", [[<nav><a href="/folder?name={at}">{folder}</a>
<a href="/write?folder={at}&amp;uid={uid}">answer</a></nav>
<p>From {from}<br>To {to}<br>{date}</p><pre>{text}</pre>]], {at = url.escape(folder), folder = folder, uid = uid,
    from = m:header("from"), to = m:header("to"), date = m:header("date"), text = m:text() or "(no text)"})
end

function pages.write(letter, failure)
  return page("A new message", [[<p class="error">{failure}</p>
<form method="post" action="/send"><label>To <input name="to" value="{to}"></label>
<label>Subject <input name="subject" value="{subject}"></label>
<input type="hidden" name="in_reply_to" value="{in_reply_to}"><textarea name="text" rows="12">
{text}</textarea><button>Send</button></form>]], setmetatable({failure = failure}, {__index = letter}), failure and 422)
end

return pages
