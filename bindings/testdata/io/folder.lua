-- A folder can be opened for reading, and not be read.
local f = assert(io.open("."))
print(f:read("*a"))
print(f:read())
print(f:read(0))
print(f:read(5))
print(f:close())
print(pcall(function() for line in io.lines(".") do print(line) end end))
print(pcall(function() for line in assert(io.open(".")):lines() do print(line) end end))
