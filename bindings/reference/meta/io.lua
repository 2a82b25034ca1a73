---@meta io

-- Made from the declaration; do not edit.

---The standard streams of the process and the files of its host.
---@class io
---@field stdin io.File The standard input.
---@field stdout io.File The standard output.
---@field stderr io.File The standard error stream.
local io = {}

---Open a file of the host.
---@param name string path of the file; the host sees the script's folder as its working directory, read-only, and writes to its own memory
---@param mode? string r, w, a, r+, w+ or a+, with an optional b (default r)
---@return io.File|nil file the open file
---@return string? message what went wrong
---@return integer? errno the system's number for it
function io.open(name, mode) end

---Close a file, or the default output.
---@param file? io.File an open file
---@return true|nil ok done
---@return string? message what went wrong
function io.close(file) end

---Read from the default input.
---@param ... any "*l" (a line, the default), "*n" (a number), "*a" (all that is left) or a number of bytes (any number)
---@return any value what each format gave, nil at the end of the file
function io.read(...) end

---Write strings and numbers to the default output.
---@param ... any strings and numbers (any number)
---@return true|nil ok done
---@return string? message what went wrong
function io.write(...) end

---An iterator over the lines of a file, which it closes at its end, or of the default input.
---@param name? string path of the file; the default input if left out
---@return function next gives the next line, nil at the end
function io.lines(name) end

---The default input; with a file or a file's name, set it.
---@param file? io.File|string an open file, or the path of one to open
---@return io.File file the default input
function io.input(file) end

---The default output; with a file or a file's name, set it.
---@param file? io.File|string an open file, or the path of one to open
---@return io.File file the default output
function io.output(file) end

---Nothing is buffered; gives true.
---@return true ok done
function io.flush() end

---Whether a value is a file.
---@param value any any value
---@return string|nil kind "file", "closed file" or nil
function io.type(value) end

---A file without a name, open for reading and writing.
---@return io.File|nil file the open file
---@return string? message what went wrong
function io.tmpfile() end

---Not possible: there are no programs of the machine in the world.
---@param command string a command line
---@param mode? string r or w (default r)
---@return any result
function io.popen(command, mode) end

---An open file.
---@class io.File
---@field class string the object's present class name
local File = {}

---Read by formats.
---@param ... any "*l" (a line, the default), "*n" (a number), "*a" (all that is left) or a number of bytes (any number)
---@return any value what each format gave, nil at the end of the file
function File:read(...) end

---Write strings and numbers.
---@param ... any strings and numbers (any number)
---@return true|nil ok done
---@return string? message what went wrong
function File:write(...) end

---An iterator over the lines that are left.
---@return function next gives the next line, nil at the end
function File:lines() end

---Move in the file and tell the position.
---@param whence? "set"|"cur"|"end" set (from the beginning), cur (from here) or end (set, cur, end; default cur)
---@param offset? integer bytes (default 0)
---@return integer|nil position bytes from the beginning
---@return string? message what went wrong
function File:seek(whence, offset) end

---Close the file.
---@return true|nil ok done
---@return string? message what went wrong
function File:close() end

---Nothing is buffered; gives true.
---@return true ok done
function File:flush() end

---Nothing is buffered; gives true.
---@param mode "no"|"full"|"line" no, full or line (no, full, line)
---@param size? integer bytes (default 0)
---@return true ok done
function File:setvbuf(mode, size) end

return io
