package dash

const publishExample = `local dash = require "dash"
print(dash.publish("/srv/madmen", {title = "Mad Men", duration = 8, rates = {"100 kbps", "200 kbps"}})) --> /srv/madmen/manifest.mpd
print(#io.open("/srv/madmen/200k/2.m4s"):read("*a")) --> 100000`

const playExample = `local dash, http = require "dash", require "http"
dash.publish("/srv/madmen", {title = "Mad Men", duration = 12, rates = {"100 kbps", "200 kbps"}})
http.serve{root = "/srv"}
local report = assert(dash.play("http://localhost/madmen/manifest.mpd"))
print(report.title, report.stalls, report.played) --> Mad Men  0  12
for _, s in ipairs(report.steps) do print(s.segment, s.rate, s.bytes) end
--> 1	100000	50000
--> 2	200000	100000
--> 3	200000	100000`

const ruleExample = `-- A rule of one's own: begin with the best picture, then take the worst.
local dash, http = require "dash", require "http"
dash.publish("/srv/v", {duration = 8, rates = {"100 kbps", "200 kbps"}})
http.serve{root = "/srv"}
local report = dash.play("http://localhost/v/manifest.mpd", {rule = function(state)
  return state.segment == 1 and #state.rates or 1
end})
print(report.steps[1].rate, report.steps[2].rate, report.switches) --> 200000  100000  1`

const parseExample = `local dash = require "dash"
dash.publish("/srv/v", {duration = 10, rates = {"100 kbps"}})
local manifest = assert(dash.parse(io.open("/srv/v/manifest.mpd"):read("*a"), "http://netcinema.com/v/manifest.mpd"))
local track = manifest.tracks[1]
print(track.id, track.init, #track.segments) --> 100k  http://netcinema.com/v/100k/init.mp4  3
print(track.segments[3].url, track.segments[3].start, track.segments[3].duration) --> http://netcinema.com/v/100k/3.m4s  8  2
print(select(2, dash.parse("<HTML/>")):match("expected element type <MPD>")) --> expected element type <MPD>`
