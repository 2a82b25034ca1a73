-- Firewall: rules say who may begin to talk to whom
--
-- A router between a company's network and the internet. Its rules are read in order and the first that fits decides;
-- what none fits is dropped. Because the router remembers flows, one rule lets in every answer. Only the web server
-- may be called from outside. Drop and reject look different from there: silence, or a refusal at once.
-- Try: `default_forward = "reject"` instead of `default_forward = "drop"`; or `to_port = 22` instead of `to_port = 80`.
-- What does the outsider see?
local net = require "net"
local socket = require "socket"
local task = require "task"

local office, dmz, internet = net.host("office"), net.host("web"), net.host("outsider")
local router = net.router("router")
net.link(office, router, {delay = "1 ms", subnet = "192.168.1.0/24"})
net.link(dmz, router, {delay = "1 ms", subnet = "192.168.2.0/24"})
net.link(internet, router, {delay = "20 ms", subnet = "203.0.113.0/24"})

for _, host in ipairs{office, dmz, internet} do
  for _, port in ipairs{22, 80} do
    host:spawn(function()
      local welcome = assert(socket.bind("0.0.0.0", port))
      while true do
        local conn = welcome:accept()
        conn:send("hello\n")
        conn:close()
      end
    end)
  end
end

local function try(from, to, port)
  from:spawn(function()
    local since = task.now()
    local conn = socket.tcp()
    conn:settimeout(5)
    local ok, err = conn:connect(to:address(), port)
    print(("  %-8s -> %-8s port %2d: %-18s %5.0f ms"):format(from:name(), to:name(), port,
      ok and conn:receive() or err, (task.now() - since) * 1000))
    conn:close()
  end):join()
end

local function all(title)
  print(title)
  try(office, internet, 80)
  try(internet, dmz, 80)
  try(internet, dmz, 22)
  try(internet, office, 22)
  try(dmz, office, 22)
end

all("without a firewall")
task.sleep("1 s")

local wall = router:firewall({
  default_forward = "drop",
  default_in = "drop",
  rules = {
    {action = "accept", direction = "forward", state = "established"},
    {action = "accept", direction = "forward", from = "192.168.1.0/24"},
    {action = "accept", direction = "forward", to = "192.168.2.0/24", protocol = "tcp", to_port = 80},
    {action = "reject", direction = "forward", from = "192.168.2.0/24"},
    {action = "accept", direction = "in", protocol = "icmp", from = "192.168.1.0/24"},
  },
})
all("with one")
print("  office pings the router:   " .. (office:ping("192.168.1.2") and "answered" or "no answer"))
local pong = internet:ping("203.0.113.2", {timeout = "1 s"})
print("  outsider pings the router: " .. (pong and "answered" or "no answer"))
print("what the rules have done")
print(wall:text())
