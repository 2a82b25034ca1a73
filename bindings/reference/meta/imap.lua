---@meta imap

-- Made from the declaration; do not edit.

---@class imap.serve.options
---@field users table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user
---@field mailboxes? string folder of this host in which the mailboxes are (default /var/mail)
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one; 143, or with implicit 993, if left out (0 to 65535)
---@field tls? boolean offer STARTTLS with a certificate of the world's authority (default false)
---@field implicit? boolean begin every connection with TLS (default false)
---@field require_tls? boolean refuse passwords that are not under TLS (default false)
---@field timeout? number|string how long a client may take for a command; before the login at most 3 minutes, in seconds or "10 ms" (at least 1 ms; default 30 min)
---@field largest? number|string the longest message that append takes, in bytes or "256 KiB" (at least 1; default 32 MiB)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)

---@class imap.dial.options
---@field port? integer TCP port; 143, or with implicit 993, if left out (1 to 65535)
---@field timeout? number|string how long to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field implicit? boolean begin with TLS (default false)
---@field verify? boolean under TLS take only a certificate of the world's authority for this host (default true)
---@field largest? number|string the longest answer that is taken, with the messages in it, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class imap.Session.append.options
---@field flags? string[] such as \Seen
---@field date? number when the message is said to have come, in seconds since 1970; now if left out (0 to 253402300799)

---@class imap.Session.fetch.options
---@field uid? boolean numbers are UIDs (default false)

---@class imap.Session.search.options
---@field uid? boolean numbers are UIDs (default false)

---@class imap.Session.store.options
---@field uid? boolean numbers are UIDs (default false)

---@class imap.Session.copy.options
---@field uid? boolean numbers are UIDs (default false)

---@class imap.Session.move.options
---@field uid? boolean numbers are UIDs (default false)

---@class imap.selected
---@field name string its name
---@field read_only boolean whether it was examined
---@field exists integer how many messages there are
---@field recent integer how many of them no session was told of before
---@field unseen integer number of the first one that is not \Seen; 0 if it was not said
---@field uidvalidity integer as long as it is the same, UIDs are
---@field uidnext integer UID of the next message
---@field flags string[] flags in use
---@field permanent_flags string[] flags that are kept; \* says that new ones can be made

---@class imap.listed
---@field name string the folder's name
---@field separator string what separates levels
---@field attributes string[] such as \Noselect

---@class imap.status
---@field messages integer how many there are
---@field recent integer how many of them no session was told of before
---@field unseen integer how many are not \Seen
---@field uidnext integer UID of the next message
---@field uidvalidity integer as long as it is the same, UIDs are

---@class imap.copied
---@field uidvalidity integer of the other folder; 0 if the server does not say it
---@field from string UIDs before, as a set
---@field to string UIDs in the other folder, as a set

---Keep mail on the server, in folders, by the Internet Message Access Protocol, version 4rev1 (RFC 3501), and serve it from the mailboxes of this host.
---@class imap
local imap = {}

---Start a server in this process. Its mailboxes are files of the host; deliveries, POP3 and IMAP of one host share them.
---@param options imap.serve.options what to serve
---@return imap.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function imap.serve(options) end

---Connect to a server and take its greeting.
---@param host string name or address of the server
---@param options? imap.dial.options how to connect
---@return imap.Session? session the session, before the login
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, protocol, closed
function imap.dial(host, options) end

---A server that runs.
---@class imap.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---How many sessions there are now.
---@return integer result
function Server:sessions() end

---Put a message into a user's INBOX, as a mail server does when one has come.
---@param user string whose mailbox; it is made if there is none
---@param message string header, an empty line, body
---@return true? ok done
---@return string? message why not
---@return string? code invalid, limit, too-long
function Server:deliver(user, message) end

---Close the listener and break every session off.
---@return true ok done
function Server:close() end

---A session with a server. Each method is a command; a refusal is an error, after which the session goes on. Messages are named by number, by a set such as "1,3:*", or by an array of numbers; with the option uid all numbers are UIDs.
---@class imap.Session
local Session = {}

---What the server said first.
---@return string result
function Session:greeting() end

---CAPABILITY: what the server can do.
---@return string[]? capabilities one word each, such as "IDLE"
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:capability() end

---Whether the server can do something.
---@param capability string its word, such as "IDLE"
---@return boolean result
function Session:has(capability) end

---LOGIN: say who it is and show the password.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, failed, timeout, closed, reset, protocol
function Session:login(user, password) end

---AUTHENTICATE PLAIN: the same in another form.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, failed, timeout, closed, reset, protocol
function Session:plain(user, password) end

---AUTHENTICATE CRAM-MD5: prove to know the password without showing it.
---@param user string the user's name
---@param password string the password
---@return true? ok done
---@return string? message why not
---@return string? code denied, failed, timeout, closed, reset, protocol
function Session:cram_md5(user, password) end

---STARTTLS: put the connection under TLS.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:starttls() end

---SELECT: open a folder for reading and changing.
---@param name string the folder's name
---@return imap.selected? folder what the server says of it
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:select(name) end

---EXAMINE: open a folder for reading.
---@param name string the folder's name
---@return imap.selected? folder what the server says of it
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:examine(name) end

---The selected folder as the server has described it so far.
---@return imap.selected? folder nil if none is selected
function Session:selected() end

---CLOSE: remove what is flagged \Deleted and leave the selected folder.
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:close() end

---UNSELECT: leave the selected folder as it is.
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:unselect() end

---CREATE: make a folder; a slash separates levels.
---@param name string the folder's name
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:create(name) end

---DELETE: remove a folder with its messages.
---@param name string the folder's name
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:delete(name) end

---RENAME: give a folder, and those below it, another name.
---@param from string the folder's name
---@param to string its new name
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:rename(from, to) end

---SUBSCRIBE: put a folder on the list that lsub gives.
---@param name string the folder's name
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:subscribe(name) end

---UNSUBSCRIBE: take it off.
---@param name string the folder's name
---@return true? ok done
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:unsubscribe(name) end

---LIST: the folders whose names match a pattern: * stands for anything, % for anything within one level.
---@param pattern? string what names must look like (default *)
---@param reference? string what stands before the pattern
---@return imap.listed[]? folders one table each: name, separator, attributes
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:list(pattern, reference) end

---LSUB: the same of those that were subscribed to.
---@param pattern? string what names must look like (default *)
---@param reference? string what stands before the pattern
---@return imap.listed[]? folders one table each: name, separator, attributes
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:lsub(pattern, reference) end

---STATUS: numbers of a folder that need not be selected.
---@param name string the folder's name
---@return imap.status? status what the server says
---@return string? message why not
---@return string? code not-found, invalid, exists, limit, failed, timeout, closed, reset, protocol
function Session:status(name) end

---APPEND: put a message into a folder.
---@param name string the folder's name
---@param message string header, an empty line, body; its lines should end with CRLF
---@param options? imap.Session.append.options what to keep with it
---@return integer? uid of the message, 0 if the server does not say it
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:append(name, message, options) end

---FETCH: what the server has of messages.
---@param messages integer|string|integer[] which
---@param items? string what of them, such as "(FLAGS BODY[TEXT])" (default FULL)
---@param options? imap.Session.fetch.options how to count
---@return any messages one table each: number and, where asked for, uid, flags, size, date, envelope, structure, and sections by their names, such as "BODY[TEXT]"
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:fetch(messages, items, options) end

---SEARCH: the messages that fulfil criteria, such as UNSEEN FROM "alice".
---@param criteria? string what must hold (default ALL)
---@param options? imap.Session.search.options how to count
---@return integer[]? numbers of the messages, or with uid their UIDs
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:search(criteria, options) end

---STORE: change flags.
---@param messages integer|string|integer[] which
---@param action "FLAGS"|"+FLAGS"|"-FLAGS" whether the flags replace what there is, are set, or are taken off (FLAGS, +FLAGS, -FLAGS)
---@param flags string[] such as \Seen
---@param options? imap.Session.store.options how to count
---@return any messages the changed ones: number, flags
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:store(messages, action, flags, options) end

---COPY: copy messages to another folder.
---@param messages integer|string|integer[] which
---@param to string name of the other folder
---@param options? imap.Session.copy.options how to count
---@return imap.copied? uids which UIDs became which, as sets; empty if the server does not say it
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:copy(messages, to, options) end

---MOVE: move messages to another folder.
---@param messages integer|string|integer[] which
---@param to string name of the other folder
---@param options? imap.Session.move.options how to count
---@return imap.copied? uids which UIDs became which, as sets; empty if the server does not say it
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:move(messages, to, options) end

---EXPUNGE: remove the messages that are flagged \Deleted.
---@param uids? integer|string|integer[] only those with these UIDs
---@return integer[]? numbers of the messages that were removed, each in the count of what was left before it
---@return string? message why not
---@return string? code not-found, invalid, in-use, limit, too-long, failed, timeout, closed, reset, protocol
function Session:expunge(uids) end

---IDLE: wait until the server says something of the selected folder.
---@param timeout? number|string how long to wait, in seconds or "10 ms" (at least 0; default 25 min)
---@return any updates one table each; none when the time is over
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:idle(timeout) end

---What the server has said of the selected folder beside its answers since the last call.
---@return table[] updates one table each: kind (exists, recent, expunge, fetch or flags), number, message, flags
function Session:updates() end

---NOOP: nothing, but the server may say what is new.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:noop() end

---CHECK: let the server put things in order.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:check() end

---LOGOUT: end the session.
---@return true? ok done
---@return string? message why not
---@return string? code failed, timeout, closed, reset, protocol
function Session:logout() end

---Break the connection off.
---@return true ok done
function Session:disconnect() end

return imap
