-- 10,000 idle tasks: half sleep, half wait for a queue.
local task = require "task"
local queue = task.queue()
for i = 1, tonumber(arg[1]) do
  task.spawn(i % 2 == 0 and function() queue:get() end or function() task.sleep(1000) end)
end
task.sleep(10)
os.exit(0)
