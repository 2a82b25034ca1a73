---@meta capture

-- Made from the declaration; do not edit.

---@class capture.start.options
---@field host? host.Host|string only what this host sends and receives
---@field link? net.Link only what is put on this link
---@field file? string path of the file on this host; without it the bytes are kept in memory
---@field every? boolean take packets at every interface, in and out: a packet that is routed appears once for each (default false)
---@field snap? number|string how much of each packet is kept at most; 0 keeps all, in bytes or "256 KiB" (at least 0; default 0)
---@field limit? number|string how long the file may become; then the capture ends, in bytes or "256 KiB" (at least 1024; default 64 MiB)

---@class capture.packet
---@field at number
---@field interface string
---@field inbound boolean
---@field size integer
---@field comment any
---@field protocol any
---@field from any
---@field to any
---@field hop_limit any
---@field length any
---@field data any
---@field flags any
---@field seq any
---@field ack any
---@field window any
---@field type any

---Capture packets of the virtual internet into pcapng files, which Wireshark and tshark open.
---@class capture
local capture = {}

---Start a capture. Of the whole world each packet is taken once, where its sender puts it on its way; of a host what goes out and what comes in; of a link what is put on it. What the network drops at once has the reason as its comment. tcpdump and other programs that use libpcap read only files with one interface of this kind, such as those of a host with one link; editcap -F nsecpcap IN OUT, which comes with Wireshark, makes a file for them.
---@param options? capture.start.options what to capture
---@return capture.Capture? capture the running capture
---@return string? message why not
---@return string? code denied, not-found, invalid, unsupported
function capture.start(options) end

---A pcapng file that is being written.
---@class capture.Capture
local Capture = {}

---Stop the capture and finish its file.
---@return true? ok done
---@return string? message why not
---@return string? code limit, denied
function Capture:stop() end

---Whether packets are still taken.
---@return boolean result
function Capture:running() end

---How many packets were taken so far.
---@return integer result
function Capture:packets() end

---The file so far.
---@return string? bytes a whole pcapng file
---@return string? message why not
---@return string? code denied, not-found
function Capture:bytes() end

---The packets so far as tables.
---@param count? integer how many packets at most, from the first on (1 to 1000000; default 1000)
---@return capture.packet[]? packets one table each: at (seconds), interface, inbound, size, comment, protocol, from, to (name and port), hop_limit, length and data (of the payload); of TCP flags ("SYN ACK"), seq and ack (counted from the first of each side, as Wireshark shows them), window; of ICMP type
---@return string? message why not
---@return string? code denied, not-found
function Capture:list(count) end

return capture
