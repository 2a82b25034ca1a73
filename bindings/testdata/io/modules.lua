-- module, package.seeall, require of files, and what dofile and loadfile say
local function write(name, text)
  local f = assert(io.open(name, "w"))
  f:write(text)
  f:close()
end

write("shapes.lua", [[
local _G = _G
module(...)
function square(x) return x * x end
_G.print(_G.type(_M), _NAME, _PACKAGE, print)
]])
write("greet.lua", [[
module("greet", package.seeall)
function hello(name) return "hello " .. string.upper(name) end
]])
write("dotted.lua", [[
module("one.two.three", package.seeall, function(m) m.option = m._PACKAGE end)
count = (count or 0) + 1
]])
write("returns.lua", [[return {name = ...}]])
write("nothing.lua", [[loaded_times = (loaded_times or 0) + 1]])
write("clash.lua", [[module("taken.by")]])
write("broken.lua", [[local x = = 1]])

local shapes = require "shapes"
print(shapes == package.loaded.shapes, shapes == _G.shapes, shapes.square(3), rawget(_G, "square"))
require "greet"
print(greet.hello("you"), greet.print == print, rawget(greet, "print"))
print(type(require "dotted"), one.two.three.count, one.two.three.option, one.two._NAME)
dofile "dotted.lua"
print(one.two.three.count)
print(require("returns").name, require("returns") == require("returns"))
print(require "nothing", require "nothing", loaded_times)
taken = 5
print((select(2, pcall(require, "clash")):gsub("^.-:%d+: ", "")))
print(pcall(module, "outside"))
print((pcall(require, "broken")))
print(pcall(dofile, "none.lua"))
print(loadfile("none.lua"))
print(package.config)
print(pcall(function() require() end))
print(pcall(function() module({}) end))
print(pcall(function() package.seeall(5) end))
print(pcall(function() dofile({}) end))

module("late", package.seeall)
kept = "in late"
print(_G.late.kept, _NAME, rawget(_G, "kept"))
