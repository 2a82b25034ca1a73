-- Chat: for each person a task that reads and one that writes
local socket, task = require "socket", require "task"

local people = {} -- in the order of their joining: {name, out}
local MOST = 64 * 1024

local function find(name)
  for i, person in ipairs(people) do
    if person.name == name then return person, i end
  end
end

local function say(person, line)
  person.waiting = person.waiting + #line + 1
  if person.waiting > MOST then
    person.conn:close()
  else
    person.out:put(line .. "\n")
  end
end

local function tell_others(person, line)
  for _, other in ipairs(people) do
    if other ~= person then say(other, line) end
  end
end

local function write(person)
  for line in function() return person.out:get() end do
    if not person.conn:send(line) then break end
    person.waiting = person.waiting - #line
  end
  person.conn:close()
end

local function join(person, line)
  if not line:find("^%w+$") or #line > 16 then
    say(person, "? name")
  elseif find(line) then
    say(person, "? taken")
  else
    person.name = line
    people[#people + 1] = person
    say(person, "welcome " .. line)
    tell_others(person, "* " .. line .. " joins")
  end
end

local function command(person, line)
  local name, text = line:match("^/msg (%w+) (.*)$")
  if line == "/who" then
    local names = {}
    for i, other in ipairs(people) do names[i] = other.name end
    say(person, "= " .. table.concat(names, " "))
  elseif name then
    local other = find(name)
    if other then say(other, person.name .. " -> " .. text) else say(person, "? nobody") end
  else
    say(person, "? command")
  end
end

local function serve(conn)
  local person = {conn = conn, out = task.queue(), waiting = 0}
  task.spawn(write, person)
  for line in function() return conn:receive("*l") end do
    if not person.name then
      join(person, line)
    elseif line == "/quit" then
      say(person, "bye")
      break
    elseif line:sub(1, 1) == "/" then
      command(person, line)
    else
      tell_others(person, person.name .. ": " .. line)
    end
  end
  person.out:close()
  if person.name then
    local _, place = find(person.name)
    table.remove(people, place)
    tell_others(person, "* " .. person.name .. " leaves")
  end
end

local welcome = assert(socket.bind("*", tonumber(arg[1])))
while true do
  local conn = welcome:accept()
  if conn then task.spawn(serve, conn) end
end
