local f = io.open("d.txt", "w")
f:write("a\n\nb\r\nc")
f:close()
local n = 0
for l in io.lines("d.txt") do n = n + 1 print(n, #l) end
f = io.open("d.txt")
for l in f:lines() do io.write(l, ";") end
print()
print(f:read("*l"), f:read("*a"))
f:close()
local it = io.lines("d.txt")
print(it(), it(), it(), it(), it())
print(pcall(it))
print(pcall(function() for l in f:lines() do end end))
