-- NetCinema and KingCDN: how viewers come to the copy of a film that is near them
--
-- The page http://www.netcinema.com/6Y7B23V has a link to a film at video.netcinema.com. That name is an alias (CNAME)
-- of one of KingCDN, whose name server answers by where the question comes from: it knows how far its nodes are. A
-- node fetches each piece of the film from NetCinema once and keeps it. Then the node in Brazil fails: KingCDN finds
-- out, and sends Brazilians to another one until it is back.
local dash = require "dash"
local http = require "http"
local task = require "task"
local textbook = require "textbook"
local trace = require "trace"

local hosts = assert(textbook.build{"netcinema.com", "virtua.com.br", "crepes.fr"})
local bob, carla = hosts["bb424df3.virtua.com.br"], hosts["alice.crepes.fr"]

-- watch follows the link of the page and plays the first pieces of the film
local function watch(viewer, who)
  local _, line = viewer:spawn(function()
    local page = assert(http.get("http://www.netcinema.com/6Y7B23V"))
    local film = page.body:match('href="(.-)"')
    local manifest, message = http.get(film, {timeout = "10 s"})
    if not manifest then return message end
    local piece = assert(http.get((film:gsub("manifest.mpd", "1000k/1.m4s"))))
    local played = assert(dash.play(film, {segments = 5}))
    local node, how = piece:header("Cache-Status"):match("^(%S+); ([%w=-]+)")
    return ("%-21s %-13s the first piece comes in %4.0f ms, the picture stands still %d times"):format(
      node, how, piece.seconds * 1000, played.stalls)
  end):join()
  print(who .. ": " .. line)
end

print("Bob, in Brazil, asks for names")
local t = trace.start()
bob:spawn(function() assert(require("host").lookup("video.netcinema.com")) end):join()
t:stop()
local number = 0
for _, e in ipairs(t:events()) do
  if e.op == "message" and not e.received then
    number = number + 1
    print(("  %2d %4.0f ms  %-22s -> %-22s %s"):format(number, e.at * 1000, e.host, e.peer, e.text))
  end
end

print("\nthe first viewer of each country, and the next one")
watch(bob, "Bob  ")
watch(bob, "Bob  ")
watch(carla, "Carla")
watch(carla, "Carla")

print("\nthe node in São Paulo fails")
bob:lookup("video.netcinema.com")
hosts["saopaulo.kingcdn.com"]:crash()
watch(bob, "Bob  ") -- as long as the answer is good
task.sleep("1 min")
watch(bob, "Bob  ")

print("\nit is back, with nothing in its memory")
hosts["saopaulo.kingcdn.com"]:restart()
task.sleep("1 min")
watch(bob, "Bob  ")
watch(bob, "Bob  ")
