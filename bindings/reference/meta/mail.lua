---@meta mail

-- Made from the declaration; do not edit.

---@class mail.message.message
---@field from? string who writes: "Alice <alice@crepes.fr>"
---@field to? string|string[] to whom: one text, or a list
---@field cc? string|string[] to whom else
---@field reply_to? string|string[] where answers go
---@field sender? string who sends it for the one who writes
---@field subject? string the subject
---@field date? number seconds since 1970; now if left out (0 to 253402300799)
---@field id? string the message identifier, without angle brackets
---@field in_reply_to? string the identifier of the message that this one answers
---@field references? string[] the identifiers of the whole conversation
---@field headers? table<string, string> more fields of the header, written in the order of their names
---@field text? string the body as text
---@field html? string the body as HTML
---@field attachments? table[] a table each: name, data, and if wanted type, encoding, disposition, id, description
---@field parts? table[] the parts of a multipart, in place of text, html and attachments. A table each: type, charset, encoding, name, disposition, id, description, headers, boundary, and data or parts
---@field data? string the body, in place of text, html and attachments
---@field type? string the media type of parts (multipart/mixed) or data (by what it is)
---@field charset? string the charset of the text; it is given in UTF-8 all the same
---@field encoding? string how text or data is encoded: 7bit, 8bit, quoted-printable, base64; chosen if left out
---@field boundary? string what separates parts; drawn if left out

---@class mail.mailbox.options
---@field mailboxes? string folder of this host in which the mailboxes are (default /var/mail)

---@class mail.server.options
---@field domain? string the server's name and its mail domain; the host's name if left out
---@field users table<string, string>|fun(user: string): string? passwords by user name; each user gets a mailbox. Or a function that is given a user name and returns the password, or nil if there is no such user
---@field domains? string[] further domains whose mailboxes are here
---@field aliases? table<string, string|string[]> names that stand for other addresses: one, or a list. Reports on messages to the list x go to owner-x, if that is an alias too
---@field catch_all? string the user who gets what is for users that do not exist; it is refused if left out
---@field relay? string[] the own subnets, such as "10.0.1.0/24": their hosts may send mail to everybody. Others may when they say who they are and send as users of this domain
---@field relay_for? string[] domains for which mail of everybody is taken and passed on: this server is one of their mail exchangers
---@field open_relay? boolean take mail of everybody to everybody (default false)
---@field mx? table<string, table[]> mail exchangers by domain, before the name system is asked: tables of preference and host, such as {{10, "mail.lab"}}; none for a domain that takes no mail
---@field routes? table<string, string> servers by domain, "host" or "host:port", whatever its exchangers are; "*" is all other domains
---@field to_port? integer the TCP port of other servers (1 to 65535; default 25)
---@field retry? number|string how long after the first failure a delivery is tried again; the pauses double, in seconds or "10 ms" (at least 1 s; default 15 min)
---@field retry_max? number|string the longest pause, in seconds or "10 ms" (at least 1 s; default 4 h)
---@field warn? number|string when an attempt fails so long after the message has come, its sender is told, once, that it is late; 0 tells nobody, in seconds or "10 ms" (at least 0; default 4 h)
---@field expire? number|string how long delivery is tried before the sender is told that it failed, in seconds or "10 ms" (at least 1 s; default 120 h)
---@field workers? integer how many messages are delivered at a time (1 to 1000; default 10)
---@field max_queue? integer how many messages the queue takes (1 to 100000; default 10000)
---@field max_hops? integer how many servers a message may have come through (1 to 1000; default 50)
---@field mailboxes? string folder of this host in which the mailboxes are (default /var/mail)
---@field spool? string folder of this host in which the queue is (default /var/spool/mail)
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port to listen on; 0 draws one (0 to 65535; default 25)
---@field submission? integer another TCP port to listen on, such as 587 (1 to 65535)
---@field tls? boolean offer STARTTLS with a certificate of the world's authority, and use it with other servers that do (default false)
---@field insecure? boolean offer PLAIN and LOGIN, which show the password, without TLS too (default false)
---@field on? table<string, function> functions that are asked at each step of a session, as smtp.serve has them, before the server's own rules. A positive reply to the step message says that the function has taken the message; the server then does not
---@field replies? table<string, string> replies instead of the server's own, by name: see smtp.replies
---@field max_size? number|string how long a message may be, in bytes or "256 KiB" (1 to 30 MiB; default 10 MiB)
---@field sessions? integer how many sessions there may be at a time (at least 1; default 1000)
---@field timeout? number|string how long a command, or the answer of another server, may take, in seconds or "10 ms" (at least 1 ms; default 5 min)

---@class mail.Server.submit.message
---@field from string where reports go; "" for nowhere
---@field to string[] the recipients: addresses, or users of this server
---@field message string header, an empty line, body

---@class mail.address
---@field name string
---@field address string

---@class mail.field
---@field name string
---@field value string

---@class mail.received
---@field from string
---@field by string
---@field with string
---@field id string
---@field recipient string
---@field at number

---@class mail.walked
---@field path string
---@field type string
---@field encoding string
---@field size integer
---@field name string
---@field part mail.Message

---@class mail.listed
---@field uid integer
---@field size integer
---@field date number
---@field flags string[]

---@class mail.queued
---@field id string
---@field from string
---@field arrived number
---@field size integer
---@field to mail.waiting_for[]

---@class mail.waiting_for
---@field address string
---@field attempts integer
---@field next number
---@field problem string

---@class mail.event
---@field at number
---@field kind string
---@field id string
---@field from string
---@field to string
---@field host string
---@field answer string

---Messages (RFC 5322, MIME), mailboxes, and the whole mail server: it takes messages by SMTP, queues them, finds the next server, tries again, and reports. The modules pop3 and imap serve the same mailboxes.
---@class mail
local mail = {}

---Build a message. Without a date it has the time, without an id one that is new. What is not ASCII is encoded as it has to be; text and html together become a multipart/alternative, attachments make it a multipart/mixed.
---@param message? mail.message.message what the message says
---@return string? message header, empty line and body, with CR LF at the ends of lines
---@return string? message why not
---@return string? code protocol, limit
function mail.message(message) end

---Read a message. Anything is one: what is wrong with it is told by its method problems.
---@param message string header, an empty line, body; lines end with LF or CR LF
---@return mail.Message message its header and body, and the parts it is made of
function mail.parse(message) end

---Read a list of addresses as a header has it.
---@param text string the text
---@return mail.address[]? addresses one table each: name (decoded, or ""), address
---@return string? message why not
---@return string? code protocol, limit
function mail.addresses(text) end

---Write text that is not ASCII as encoded words, for a header (RFC 2047).
---@param text string the text
---@return string words the same if it is ASCII
function mail.encode_words(text) end

---Read the encoded words of a header.
---@param text string the text
---@return string text in UTF-8
function mail.decode_words(text) end

---A user's mailbox on this host, made if there is none.
---@param user string the user's name; case does not matter
---@param options? mail.mailbox.options where it is
---@return mail.Mailbox? mailbox the mailbox
---@return string? message why not
---@return string? code invalid, limit, failed
function mail.mailbox(user, options) end

---Start a mail server on this host. Its mailboxes and its queue are files of the host, so that a crash loses nothing: a server that is started again goes on.
---@param options mail.server.options how to serve
---@return mail.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit, failed
function mail.server(options) end

---A message, or one of the parts that it is made of, as parse gives it.
---@class mail.Message
local Message = {}

---The value of the first field with that name, decoded.
---@param name string the field's name; case does not matter
---@return string? value nil if there is no such field
function Message:header(name) end

---All fields of the header in their order, not decoded.
---@return mail.field[] fields one table each: name, value (unfolded)
function Message:headers() end

---The addresses in a field.
---@param name string the field's name; case does not matter
---@return mail.address[]? addresses one table each: name (decoded, or ""), address; none without such a field
---@return string? message why not
---@return string? code protocol, limit
function Message:addresses(name) end

---The time in the field Date.
---@return number? seconds since 1970
---@return string? message why not
---@return string? code protocol
function Message:date() end

---The message identifier, without angle brackets.
---@return string? id nil without one
function Message:id() end

---The fields Received, the last server first: how the message came.
---@return mail.received[] lines one table each: from, by, with, id, recipient, and at (seconds since 1970); "" or 0 for what a line does not tell
function Message:received() end

---The media type, in lower case.
---@return string result
function Message:type() end

---The parameters of the media type.
---@return table<string, string> params by name: charset, boundary, …
function Message:params() end

---The transfer encoding of the body, in lower case.
---@return string result
function Message:encoding() end

---How the part wants to be shown.
---@return string disposition "attachment", "inline" or ""
function Message:disposition() end

---The name that the part proposes for a file.
---@return string name without folders; "" if it proposes none
function Message:filename() end

---The body as text in UTF-8, decoded, with LF at the ends of lines; of a multipart the first text in it.
---@return string? text nil if there is none
---@return string? problem what is wrong with the rest of it
function Message:text() end

---The body with its transfer encoding undone.
---@return any data the bytes
---@return string? problem what is wrong with the rest of them
function Message:data() end

---The body as it came, encoded.
---@return string result
function Message:body() end

---The whole part as it came.
---@return string result
function Message:raw() end

---The header as it came, with the empty line.
---@return string result
function Message:raw_header() end

---The parts of a multipart, or the message within a message/rfc822.
---@return mail.Message[] result
function Message:parts() end

---The message and all parts inside it, each before those inside it.
---@return mail.walked[] parts one table each: path ("" of the message itself, "2.1" of the first part of its second), type, encoding, size (of the decoded body in bytes; of what has parts, their number and those inside), name (of a file), part
function Message:walk() end

---The first part of a media type.
---@param type string such as "image/jpeg", or "image/" for all of them
---@return mail.Message part nil if there is none
function Message:find(type) end

---What is wrong with the message and its parts.
---@return string[] problems one sentence each
function Message:problems() end

---What a mail server reports in this message (RFC 3464).
---@return table? report server, and recipients, one table each: original, address, action ("failed" or "delayed"), status ("5.1.1"), server (that refused), answer, and of a late one retry_until (seconds since 1970); nil if the message is no report
function Message:report() end

---A user's mailbox: folders of messages, INBOX first, which POP3 and IMAP of the host show too.
---@class mail.Mailbox
local Mailbox = {}

---Whose it is.
---@return string result
function Mailbox:user() end

---The names of the folders, INBOX first.
---@return string[] result
function Mailbox:folders() end

---The messages of a folder, the oldest first.
---@param folder? string the folder (default INBOX)
---@return mail.listed[]? messages one table each: uid, size (bytes), date (seconds since 1970), flags (a list such as {"\\Seen"})
---@return string? message why not
---@return string? code not-found, failed
function Mailbox:messages(folder) end

---A whole message.
---@param uid integer the message's number (0 to 4294967295)
---@param folder? string the folder (default INBOX)
---@return string? message its bytes
---@return string? message why not
---@return string? code not-found, failed
function Mailbox:read(uid, folder) end

---Put a message into a folder, as a mail server does.
---@param message string header, an empty line, body
---@param folder? string the folder (default INBOX)
---@return integer? uid its number
---@return string? message why not
---@return string? code not-found, limit, too-long
function Mailbox:deliver(message, folder) end

---Change the flags of a message.
---@param uid integer the message's number (0 to 4294967295)
---@param flags string[] the flags that it is to have, such as "\\Seen" or "$Work"
---@param folder? string the folder (default INBOX)
---@return string[]? flags those it has now
---@return string? message why not
---@return string? code not-found, invalid
function Mailbox:flags(uid, flags, folder) end

---Remove a message.
---@param uid integer the message's number (0 to 4294967295)
---@param folder? string the folder (default INBOX)
---@return true? ok done
---@return string? message why not
---@return string? code not-found, in-use
function Mailbox:remove(uid, folder) end

---Make a folder.
---@param folder string its name; / separates levels
---@return true? ok done
---@return string? message why not
---@return string? code exists, invalid, limit
function Mailbox:create(folder) end

---Wait until a folder has so many messages.
---@param count? integer how many (at least 0; default 1)
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@param folder? string the folder (default INBOX)
---@return any count how many it has
---@return string? message why not
---@return string? code timeout, not-found
function Mailbox:wait(count, timeout, folder) end

---A mail server that runs.
---@class mail.Server
local Server = {}

---The TCP port on which it takes mail.
---@return integer result
function Server:port() end

---How many sessions of clients there are now.
---@return integer result
function Server:sessions() end

---The messages that somebody has not got yet, the oldest first.
---@return mail.queued[] messages one table each: id, from, arrived (seconds on the world's clock), size (bytes), to: one table for each recipient with address, attempts (so far), next (when it is tried again) and problem (why the last attempt failed)
function Server:queue() end

---What happened to messages, the last 1,000 events.
---@return mail.event[] events one table each: at (seconds on the world's clock), kind (queued, delivered, sent, deferred, delayed, bounced, dropped, removed), id, from, to, host (the server that answered), answer (what it said, or what went wrong)
function Server:log() end

---A message in the queue, as it will be passed on.
---@param id string its name in the queue
---@return string? message its bytes
---@return string? message why not
---@return string? code not-found
function Server:message(id) end

---Take a message out of the queue. Nobody is told.
---@param id string its name in the queue
---@return true? ok done
---@return string? message why not
---@return string? code not-found
function Server:remove(id) end

---Try everything in the queue now.
---@return true ok done
function Server:flush() end

---Wait until the queue is empty.
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return true? done nil if the time is over first
---@return string? message why not
---@return string? code timeout, closed
function Server:drain(timeout) end

---Put a message into the queue, as a program of the host does.
---@param message mail.Server.submit.message the message and its envelope
---@return string? id its name in the queue
---@return string? message why not
---@return string? code denied
function Server:submit(message) end

---A user's mailbox.
---@param user string the user's name
---@return mail.Mailbox? mailbox it is made if there is none
---@return string? message why not
---@return string? code invalid, limit, failed
function Server:mailbox(user) end

---Stop: break off all sessions and deliveries. What is in the queue stays in its files.
---@return true ok done
function Server:close() end

return mail
