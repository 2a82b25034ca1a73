---@meta sftp

-- Made from the declaration; do not edit.

---@class sftp.serve.options
---@field users table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user
---@field root? string folder of this host that users see as "/" and cannot leave; it is made if it is missing (default /srv/ftp)
---@field homes? table<string, string> folders that single users see as "/" in place of root
---@field keys? table<string, string> public keys by user name, as lines of OpenSSH's authorized_keys, that will do in place of the password
---@field read_only? boolean let nobody change anything (default false)
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one (0 to 65535; default 22)
---@field timeout? number|string how long a client may say nothing, in seconds or "10 ms" (at least 1 ms; default 10 min)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)

---@class sftp.dial.options
---@field user string the user's name
---@field password? string the password
---@field key? string a private key, which is tried before the password: the text of a file of ssh-keygen, without a passphrase
---@field port? integer TCP port (1 to 65535; default 22)
---@field fingerprint? string the hash that the server's key must have, such as SHA256:…; if empty, the key must be that of the host in this world
---@field verify? boolean look at the server's key; without, anybody on the way can be the server (default true)
---@field timeout? number|string how long to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field largest? number|string the longest file that fetch takes, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class sftp.scp_fetch.options
---@field user string the user's name
---@field password? string the password
---@field key? string a private key, which is tried before the password: the text of a file of ssh-keygen, without a passphrase
---@field port? integer TCP port (1 to 65535; default 22)
---@field fingerprint? string the hash that the server's key must have, such as SHA256:…; if empty, the key must be that of the host in this world
---@field verify? boolean look at the server's key; without, anybody on the way can be the server (default true)
---@field timeout? number|string how long to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field largest? number|string the longest file that fetch takes, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class sftp.scp_store.options
---@field user string the user's name
---@field password? string the password
---@field key? string a private key, which is tried before the password: the text of a file of ssh-keygen, without a passphrase
---@field port? integer TCP port (1 to 65535; default 22)
---@field fingerprint? string the hash that the server's key must have, such as SHA256:…; if empty, the key must be that of the host in this world
---@field verify? boolean look at the server's key; without, anybody on the way can be the server (default true)
---@field timeout? number|string how long to wait for each answer, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field largest? number|string the longest file that fetch takes, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class sftp.file
---@field name string its name
---@field type string file or dir
---@field size integer? bytes; nil of a folder
---@field modified integer? as os.time counts; nil if the server does not tell
---@field mode string? such as rw-r--r--; nil if the server does not tell

---Fetch and store files by the SSH File Transfer Protocol, version 3, and serve the files of this host. Commands and files go over one connection, which SSH (RFC 4253) protects. The programs sftp and scp of OpenSSH can talk to the server.
---@class sftp
local sftp = {}

---Start a server in this process.
---@param options sftp.serve.options what to serve
---@return sftp.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function sftp.serve(options) end

---Connect to a server and log in.
---@param host string name or address of the server
---@param options sftp.dial.options how to connect
---@return sftp.Session? session the session
---@return string? message why not
---@return string? code denied, refused, timeout, host-not-found, unreachable, protocol, closed
function sftp.dial(host, options) end

---Fetch a file by the older protocol of scp, which can do nothing but copy.
---@param host string name or address of the server
---@param path string of the server's file, absolute, or from the user's folder on
---@param options sftp.scp_fetch.options how to connect
---@return string? content all of it
---@return string? message why not
---@return string? code denied, not-found, too-long, refused, timeout, host-not-found, unreachable, protocol, closed
function sftp.scp_fetch(host, path, options) end

---Store a file by the older protocol of scp.
---@param host string name or address of the server
---@param path string of the server's file, absolute, or from the user's folder on
---@param content string what to store
---@param options sftp.scp_store.options how to connect
---@return true? ok done
---@return string? message why not
---@return string? code denied, not-found, limit, refused, timeout, host-not-found, unreachable, protocol, closed
function sftp.scp_store(host, path, content, options) end

---A server that runs.
---@class sftp.Server
local Server = {}

---The TCP port on which it listens.
---@return integer result
function Server:port() end

---How many sessions there are now.
---@return integer result
function Server:sessions() end

---The hash of its key, as ssh shows it.
---@return string result
function Server:fingerprint() end

---Close the listener and break every session off.
---@return true ok done
function Server:close() end

---A session with a server. A refusal is an error, after which the session goes on.
---@class sftp.Session
local Session = {}

---The hash of the server's key, as ssh shows it.
---@return string result
function Session:fingerprint() end

---What the server calls itself.
---@return string result
function Session:version() end

---The files of a folder, by name.
---@param path? string absolute, or from the user's folder on (default .)
---@return sftp.file[]? files name, type, size, modified, mode of each
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:list(path) end

---What is known of a file or folder.
---@param path string absolute, or from the user's folder on
---@return sftp.file? file name, type, size, modified, mode
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:stat(path) end

---The absolute form of a path.
---@param path string absolute, or from the user's folder on
---@return string? result
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:realpath(path) end

---What is in a file.
---@param path string absolute, or from the user's folder on
---@return string? content all of it
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:fetch(path) end

---Store a file.
---@param path string absolute, or from the user's folder on
---@param content string what to store
---@return integer? sent bytes of the content
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:store(path, content) end

---Fetch a file into one of this host.
---@param path string of the server's file
---@param to? string of this host's; if left out it has the name of the server's, in this process's folder
---@return integer? bytes how many were written
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:get(path, to) end

---Store a file of this host.
---@param path string of this host's file
---@param to? string of the server's; if left out it has the name of this host's, in the user's folder
---@return integer? bytes how many were read
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:put(path, to) end

---Make a folder.
---@param path string absolute, or from the user's folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:mkdir(path) end

---Delete an empty folder.
---@param path string absolute, or from the user's folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:rmdir(path) end

---Delete a file.
---@param path string absolute, or from the user's folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:remove(path) end

---Rename a file or folder; the new name must be free.
---@param from string path of the file
---@param to string path that it gets
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, exists, limit, too-long, failed, timeout, closed, reset, protocol
function Session:rename(from, to) end

---End the session.
---@return true ok done
function Session:close() end

return sftp
