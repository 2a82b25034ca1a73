---@meta ftp

-- Made from the declaration; do not edit.

---@class ftp.serve.options
---@field root? string folder of this host that users see as "/" and cannot leave; it is made if it is missing (default /srv/ftp)
---@field users? table<string, string>|fun(user: string): string? passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user
---@field homes? table<string, string> folders that single users see as "/" in place of root
---@field accounts? table<string, string> what single users have to say by ACCT after the password
---@field anonymous? boolean let "anonymous" and "ftp" in with any password, to read; true if there are no users
---@field read_only? boolean let nobody change anything (default false)
---@field address? string local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too
---@field port? integer TCP port; 0 draws one; 21, or with implicit 990, if left out (0 to 65535)
---@field passive_ports? integer[] first and last port for passive data connections; any if left out
---@field passive_address? string the address that PASV tells, for a server behind a NAT box; the server's own if left out
---@field foreign? boolean let data connections go to and come from other hosts than the client's (default false)
---@field tls? boolean offer AUTH TLS with a certificate of the world's authority (default false)
---@field implicit? boolean begin every connection with TLS (default false)
---@field require_tls? boolean refuse passwords and files that are not under TLS (default false)
---@field timeout? number|string how long a client may take for a command, and for each 16 KiB of a file, in seconds or "10 ms" (at least 1 ms; default 5 min)
---@field sessions? integer how many there may be at a time (at least 1; default 1000)

---@class ftp.dial.options
---@field port? integer TCP port; 21, or with implicit 990, if left out (1 to 65535)
---@field timeout? number|string how long to wait for each reply, in seconds or "10 ms" (at least 1 ms; default 60 s)
---@field active? boolean let the server connect for data (PORT, EPRT), instead of connecting to it (PASV, EPSV) (default false)
---@field plain? boolean know RFC 959 alone: PORT and PASV, not EPRT and EPSV (default false)
---@field implicit? boolean begin with TLS (default false)
---@field verify? boolean under TLS take only a certificate of the world's authority for this host (default true)
---@field largest? number|string the longest file that retr takes, in bytes or "256 KiB" (at least 1; default 64 MiB)

---@class ftp.file
---@field name string its name
---@field type string file, dir or link
---@field size integer? bytes; nil of a folder, or if the server does not tell
---@field modified integer? as os.time counts; nil if the server does not tell
---@field mode string? such as rw-r--r--; nil if the server does not tell

---Fetch and store files by the File Transfer Protocol (RFC 959), and serve the files of this host.
---@class ftp
local ftp = {}

---Start a server in this process.
---@param options? ftp.serve.options what to serve
---@return ftp.Server? server the running server
---@return string? message why not
---@return string? code in-use, denied, address, limit
function ftp.serve(options) end

---Connect to a server and take its greeting.
---@param host string name or address of the server
---@param options? ftp.dial.options how to connect
---@return ftp.Session? session the session, before the login
---@return string? message why not
---@return string? code refused, timeout, host-not-found, unreachable, protocol, closed
function ftp.dial(host, options) end

---A server that runs.
---@class ftp.Server
local Server = {}

---The TCP port on which it listens for commands.
---@return integer result
function Server:port() end

---How many sessions there are now.
---@return integer result
function Server:sessions() end

---Close the listener and break every session off.
---@return true ok done
function Server:close() end

---A data connection with the command that opened it. Until it is closed the session has no other commands.
---@class ftp.Transfer
local Transfer = {}

---The reply before the transfer: code 125 if the data connection stood already, otherwise 150.
---@return integer code three digits
---@return string text the rest; its lines separated by LF
function Transfer:reply() end

---Read some bytes.
---@param most? integer bytes, at most (1 to 1048576; default 65536)
---@return string? data at least one byte; nil at the end, when the server has said that all was well
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Transfer:read(most) end

---Write all of a text.
---@param data string what to send
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Transfer:write(data) end

---Close the data connection, which ends what is stored, and take the server's last reply.
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Transfer:close() end

---ABOR: break the transfer off; the session goes on.
---@return true? ok done
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Transfer:abort() end

---A session with a server. Most methods are a command; a refusal is an error, after which the session goes on.
---@class ftp.Session
local Session = {}

---The server's first reply.
---@return integer code three digits
---@return string text the rest; its lines separated by LF
function Session:greeting() end

---USER: say who it is; code 331 asks for a password.
---@param user string the user's name
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:user(user) end

---PASS: show the password; code 332 asks for an account.
---@param password string the password
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:pass(password) end

---ACCT: name an account.
---@param account string the account's name
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:acct(account) end

---USER, PASS and ACCT, as far as the server asks for them.
---@param user? string the user's name (default anonymous)
---@param password? string the password; guests give their mail address (default guest)
---@param account? string an account, if the server asks for one
---@return true? ok done
---@return string? message why not
---@return string? code denied, unsupported, failed, timeout, closed, reset, protocol
function Session:login(user, password, account) end

---AUTH TLS, PBSZ and PROT P: put commands and data under TLS.
---@return true? ok done
---@return string? message why not
---@return string? code denied, unsupported, failed, timeout, closed, reset, protocol
function Session:auth_tls() end

---PROT: say whether data connections are under TLS.
---@param private boolean under TLS
---@return true? ok done
---@return string? message why not
---@return string? code denied, unsupported, failed, timeout, closed, reset, protocol
function Session:protect(private) end

---Say who makes the data connections from now on: the server (true) or the client.
---@param active boolean the server connects
---@return true ok done
function Session:active(active) end

---TYPE: send files as lines of text ("A", as at first) or as bytes ("I").
---@param code "A"|"I" A or I (A, I)
---@return true? ok done
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:type(code) end

---CWD: change the folder.
---@param path string absolute, or from the folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:cwd(path) end

---CDUP: change to the folder above.
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:cdup() end

---PWD: the folder.
---@return string? path its path
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:pwd() end

---MKD: make a folder.
---@param path string absolute, or from the folder on
---@return string? path its path
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:mkd(path) end

---RMD: delete an empty folder.
---@param path string absolute, or from the folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:rmd(path) end

---DELE: delete a file.
---@param path string absolute, or from the folder on
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:dele(path) end

---RNFR and RNTO: rename a file or folder.
---@param from string path of the file
---@param to string path that it gets
---@return true? ok done
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:rename(from, to) end

---SIZE: how many bytes retr would get in the present type.
---@param path string absolute, or from the folder on
---@return integer? result
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:size(path) end

---MDTM: when a file was changed.
---@param path string absolute, or from the folder on
---@return integer? time as os.time counts
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:mdtm(path) end

---MLST: what is known of a file or folder.
---@param path string absolute, or from the folder on
---@return ftp.file? file name, type, size, modified, mode
---@return string? message why not
---@return string? code not-found, denied, limit, failed, timeout, closed, reset, protocol
function Session:mlst(path) end

---MLSD: the files of a folder, as told for programs.
---@param path? string absolute, or from the folder on; the folder itself if left out
---@return ftp.file[]? files name, type, size, modified, mode of each
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:mlsd(path) end

---LIST: the files of a folder, as told for people; lines that are none of Unix or Windows are left out.
---@param path? string absolute, or from the folder on; the folder itself if left out
---@return ftp.file[]? files name, type, size, modified, mode of each
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:list(path) end

---NLST: the names in a folder.
---@param path? string absolute, or from the folder on; the folder itself if left out
---@return string[]? names one text each
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:nlst(path) end

---RETR: fetch a file.
---@param path string absolute, or from the folder on
---@param offset? integer how many bytes to leave out at the beginning (REST) (at least 0; default 0)
---@return string? content what is in it; in type A its lines end with LF
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:retr(path, offset) end

---STOR: store a file.
---@param path string absolute, or from the folder on
---@param content string what to store; in type A its lines end with LF
---@param offset? integer where in the file to begin (REST) (at least 0; default 0)
---@return integer? sent bytes of the content
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:stor(path, content, offset) end

---APPE: add to the end of a file.
---@param path string absolute, or from the folder on
---@param content string what to add
---@return integer? sent bytes of the content
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:appe(path, content) end

---STOU: store a file under a name that no file has.
---@param content string what to store
---@return string? text the reply in which the server tells the name
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:stou(content) end

---RETR: fetch a file into one of this host.
---@param path string of the server's file
---@param to? string of this host's; if left out it has the name of the server's, in this process's folder
---@return integer? bytes how many were written
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:get(path, to) end

---STOR: store a file of this host.
---@param path string of this host's file
---@param to? string of the server's; if left out it has the name of this host's, in the folder
---@return integer? bytes how many were read
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:put(path, to) end

---Send a command that has a data connection, such as RETR or LIST, and open that connection.
---@param command string RETR, STOR, APPE, STOU, LIST, NLST or MLSD
---@param argument? string what follows it
---@return ftp.Transfer? transfer the data connection
---@return string? message why not
---@return string? code not-found, denied, limit, unreachable, too-long, failed, timeout, closed, reset, protocol
function Session:open(command, argument) end

---FEAT: the extensions of the server.
---@return string[]? features one text each
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:feat() end

---SYST: the kind of system.
---@return string? result
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:syst() end

---STAT: how the session stands, or a listing over the control connection.
---@param path? string absolute, or from the folder on; the folder itself if left out
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:stat(path) end

---HELP: what the server says of its commands.
---@param command? string a command; all if left out
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:help(command) end

---NOOP: show that both are there.
---@return true? ok done
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:noop() end

---Send a line for which there is no method; it must not be one with a data connection.
---@param line string the line, without its end
---@return integer? code three digits
---@return string text the rest; its lines separated by LF
function Session:command(line) end

---QUIT: end the session.
---@return true? ok done
---@return string? message why not
---@return string? code invalid, unsupported, failed, timeout, closed, reset, protocol
function Session:quit() end

---Break the connection off.
---@return true ok done
function Session:close() end

return ftp
