---@meta os

-- Made from the declaration; do not edit.

---Time, date, files and exit, as the host and the world's clock have them.
---@class os
local os = {}

---Seconds since 1970-01-01 00:00:00 UTC: of now, or of a date.
---@param date? table fields year, month and day; hour (12), min (0) and sec (0) may be left out
---@return number seconds whole seconds
function os.time(date) end

---Format a time, or take it apart with the format "*t".
---@param format? string as strftime in C has it; "!" in front means UTC; "*t" gives a table (default %c)
---@param time? number seconds since 1970; now if left out
---@return string|table text the formatted time, or a table with year, month, day, hour, min, sec, wday, yday, isdst
function os.date(format, time) end

---Seconds on the world's clock since the world began.
---@return number result
function os.clock() end

---Seconds between two times.
---@param later number seconds
---@param earlier? number seconds (default 0)
---@return number result
function os.difftime(later, earlier) end

---Always nil: a process of the world has no environment variables.
---@param name string its name
---@return any result
function os.getenv(name) end

---End the process with a status.
---@param status? integer 0 means success (default 0)
function os.exit(status) end

---Delete a file or an empty folder of the host.
---@param name string path of the file
---@return true|nil ok done
---@return any message what went wrong
function os.remove(name) end

---Rename a file of the host.
---@param from string path of the file
---@param to string its new path
---@return true|nil ok done
---@return any message what went wrong
function os.rename(from, to) end

---A name for a temporary file that does not exist yet.
---@return string result
function os.tmpname() end

---There is no command shell in the world: 0 without a command, -1 with one.
---@param command? string a command line
---@return integer result
function os.execute(command) end

---The locale is always "C".
---@param locale? string "C", "" or nothing
---@param category? "all"|"collate"|"ctype"|"monetary"|"numeric"|"time" what it is set for (all, collate, ctype, monetary, numeric, time; default all)
---@return any result
function os.setlocale(locale, category) end

return os
