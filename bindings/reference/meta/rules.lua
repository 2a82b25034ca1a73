---@meta rules

-- Made from the declaration; do not edit.

---@class rules.smtp.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.pop3.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.imap.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.http.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.ftp.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.telnet.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.chap.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.dns.options
---@field should? boolean also what an RFC words with SHOULD, or what most programs take in spite of the syntax (default true)
---@field side? "client"|"server" only what this side does (client, server)

---@class rules.dialogues.options
---@field ports? integer[] only conversations of which either end has one of these ports

---Which line of a dialogue breaks which rule of which RFC. A dialogue is a text as Trace:dialogue writes it, lines that begin with "C: " or "S: "; or a list of tables {from = "client" or "server", data = text, at = seconds, closed = true where that side closes}, whose data may be cut anywhere; or one of those that rules.dialogues takes from a trace.
---@class rules
local rules = {}

---Check a dialogue of SMTP (RFC 5321), up to where STARTTLS begins TLS.
---@param dialogue string|table what was said
---@param options? rules.smtp.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.smtp(dialogue, options) end

---Check a dialogue of POP3 (RFC 1939), up to where STLS begins TLS.
---@param dialogue string|table what was said
---@param options? rules.pop3.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.pop3(dialogue, options) end

---Check a dialogue of IMAP4rev1 (RFC 3501), up to where STARTTLS begins TLS.
---@param dialogue string|table what was said
---@param options? rules.imap.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.imap(dialogue, options) end

---Check a dialogue of HTTP/1.0 and 1.1 (RFC 9110, 9112), up to where TLS, a tunnel or another protocol begins.
---@param dialogue string|table what was said
---@param options? rules.http.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.http(dialogue, options) end

---Check a dialogue of the control connection of FTP (RFC 959), up to where AUTH begins TLS.
---@param dialogue string|table what was said
---@param options? rules.ftp.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.ftp(dialogue, options) end

---Check a dialogue of Telnet (RFC 854): ends of lines and options.
---@param dialogue string|table what was said
---@param options? rules.telnet.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.telnet(dialogue, options) end

---Check a dialogue of CHAP (RFC 1994); the server is who asks.
---@param dialogue string|table what was said
---@param options? rules.chap.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.chap(dialogue, options) end

---Check a dialogue of DNS (RFC 1035). A dialogue is over UDP, each turn a datagram, unless its field transport is "tcp".
---@param dialogue string|table what was said
---@param options? rules.dns.options what to look for
---@return rules.Breach[] breaches one table each: line (from 1), side ("client" or "server"), at (seconds), said (the line), rule (its name), message, severity ("must" or "should"), rfc, section; each, and the list, prints as sentences
function rules.dns(dialogue, options) end

---Write a dialogue with numbered lines, and below each line what is wrong with it.
---@param protocol string such as "smtp"
---@param dialogue string|table what was said
---@return string text lines, without a newline at the end
function rules.explain(protocol, dialogue) end

---Take the conversations out of a trace: TCP connections, and what two UDP ports say to each other. What the client sends counts from when it sent it, what the server sends from when the client read it.
---@param trace trace.Trace the trace
---@param options? rules.dialogues.options which
---@return rules.Dialogue[]? dialogues in the order of their beginning: lists of turns for the other functions, with client and server (names of hosts), client_port, server_port and transport
---@return string? message why not
---@return string? code limit
function rules.dialogues(trace, options) end

---The rules that are known of a protocol.
---@param protocol string such as "smtp"
---@return rules.Rule[] rules one table each: rule (its name), severity, rfc, section, text
function rules.list(protocol) end

return rules
