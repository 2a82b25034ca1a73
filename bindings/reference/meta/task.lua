---@meta task

-- Made from the declaration; do not edit.

---Tasks: threads of the process that run one at a time and wait without keeping others waiting.
---@class task
local task = {}

---Start a function as a task of this process, on the host of the caller.
---@param fn function the function to run
---@param ... any its arguments (any number)
---@return task.Task task the task, which runs as soon as the caller waits
function task.spawn(fn, ...) end

---Wait; other tasks run meanwhile.
---@param duration number|string how long, in seconds or "10 ms"
---@return true ok done
function task.sleep(duration) end

---Seconds since the world began, on its clock.
---@return number result
function task.now() end

---Call a function once, in a task of its own, when a time has passed.
---@param duration number|string how long from now, in seconds or "10 ms" (at least 0)
---@param fn function the function to call
---@param ... any its arguments (any number)
---@return task.Timer timer the timer
function task.after(duration, fn, ...) end

---Call a function again and again, in a task of its own, a fixed time apart.
---@param duration number|string how long from one call to the next, in seconds or "10 ms"
---@param fn function the function to call
---@param ... any its arguments (any number)
---@return task.Timer timer the timer; it keeps its process going, but not the run once the lab's main script has returned
function task.every(duration, fn, ...) end

---A first-in first-out queue between tasks.
---@param capacity? integer how many values fit; 0 means no limit (at least 0; default 0)
---@return task.Queue queue the queue
function task.queue(capacity) end

---Wait for the first of several tasks, timers, queues, processes and sockets: a task or process that has ended, a queue with a value, a timer that has fired, a socket with something to read.
---@param things any[] tasks, timers, queues, processes, sockets
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return integer|nil|nil index its place in the list, nil at the timeout
---@return any thing the thing itself; at the timeout, the message
function task.first(things, timeout) end

---A function that runs as a task.
---@class task.Task
local Task = {}

---Wait until the task has ended.
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return true|nil|nil ok true if it returned
---@return any result what it returned; or the error's message
---@return string? code "timeout", "cancelled" or "failed"
function Task:join(timeout) end

---End the task at the call it waits in. Nothing happens if it has ended.
---@return true ok done
function Task:cancel() end

---Whether the task has ended.
---@return boolean result
function Task:done() end

---A first-in first-out queue between tasks.
---@class task.Queue
local Queue = {}

---Append a value; waits while the queue is full.
---@param value any anything but nil
---@param timeout? number|string how long to wait for room; for ever if left out, in seconds or "10 ms"
---@return true? ok done
---@return string? message why not
---@return string? code timeout, closed
function Queue:put(value, timeout) end

---Take the oldest value; waits while the queue is empty.
---@param timeout? number|string how long to wait; for ever if left out, in seconds or "10 ms"
---@return any value the value, or nil
---@return string? message why there is none
---@return string? code "timeout" or "closed"
function Queue:get(timeout) end

---Let no more values in; those inside can still be taken.
---@return true ok done
function Queue:close() end

---How many values are in the queue.
---@return integer result
function Queue:len() end

---A function to be called later.
---@class task.Timer
local Timer = {}

---Stop the timer.
---@return boolean was_set whether it would have fired
function Timer:cancel() end

---How often the timer has fired.
---@return integer result
function Timer:fired() end

return task
