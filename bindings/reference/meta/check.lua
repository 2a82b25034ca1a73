---@meta check

-- Made from the declaration; do not edit.

---@class check.exercise.options.limits
---@field fuel? integer instructions of each process; 50 million unless set (at least 0; default 0)
---@field memory? number|string what the values of each process may take; 64 MiB unless set, in bytes or "256 KiB" (default 0)
---@field output? number|string what each process may print; 1 MiB unless set, in bytes or "256 KiB" (default 0)
---@field time? number|string what the world's clock may show when the test ends; 10 minutes unless set, in seconds or "10 ms" (default 0 s)
---@field packets? integer that the whole world may send; 200,000 unless set (at least 0; default 0)

---@class check.exercise.options
---@field title? string what reports call it; the folder's name if left out
---@field main? string the file that is handed in and run (default submission.lua)
---@field modules? string[] what it may require besides its own files, or the test is lost; socket and its parts, mime, ltn12, json and task if left out
---@field limits? check.exercise.options.limits what it may use in each test

---@class check.test.options.chaos
---@field cut? number probability of a piece that TCP sends to be cut at any byte, so that it comes in two (0 to 1; default 0.5)
---@field delay? number|string added to a link's delay, in each direction its own, in seconds or "10 ms" (default 50 ms)
---@field jitter? number|string added to a link's jitter, in seconds or "10 ms" (default 10 ms)
---@field loss? number probability of a packet to be lost on a link, besides the link's own (0 to 1; default 0.05)
---@field duplicate? number probability of a packet to come twice (0 to 1; default 0.05)
---@field reorder? number probability of a packet to be overtaken (0 to 1; default 0.05)
---@field slow? number|string how long a host looks at each packet that comes in, in seconds or "10 ms" (default 5 ms)

---@class check.test.options.limits
---@field fuel? integer instructions of each process; 50 million unless set (at least 0; default 0)
---@field memory? number|string what the values of each process may take; 64 MiB unless set, in bytes or "256 KiB" (default 0)
---@field output? number|string what each process may print; 1 MiB unless set, in bytes or "256 KiB" (default 0)
---@field time? number|string what the world's clock may show when the test ends; 10 minutes unless set, in seconds or "10 ms" (default 0 s)
---@field packets? integer that the whole world may send; 200,000 unless set (at least 0; default 0)

---@class check.test.options
---@field name string a name, unique in the exercise; other tests and mutants refer to it
---@field title? string one line for people; the name if left out
---@field points? number what passing earns (at least 0; default 1)
---@field needs? string[] names of earlier tests that must have passed, otherwise this one is skipped
---@field visibility? "visible"|"hidden"|"after_due_date"|"after_published" who may see how it went (visible, hidden, after_due_date, after_published; default visible)
---@field tags? string[] words to pick tests by
---@field hint? string what to look at when it fails
---@field seeds? integer under how many seeds it runs; 1, or with chaos 10, if left out (1 to 10000)
---@field chaos? check.test.options.chaos make the network of the hosts that run adds worse, under each seed in another way; chaos = {} takes the defaults. Each field is the most that a seed may draw
---@field limits? check.test.options.limits what the submission may use; of what is left out, as much as the exercise says
---@field run function the test itself: it gets a check.Test

---@class check.Test.start.options
---@field main? string its file; that which the exercise names if left out
---@field args? any[] its arguments: strings, numbers, booleans
---@field input? string all of its standard input; without it, Process:write writes to it

---@class check.Test.solution.options
---@field main? string its file; that which the exercise names if left out
---@field args? any[] its arguments: strings, numbers, booleans
---@field input? string all of its standard input; without it, Process:write writes to it

---@class check.Test.fail.options
---@field expected? any shown beside what came
---@field actual? any what came

---@class check.Expectation.prints.options
---@field plain? boolean it is text, in which no character has a meaning of its own (default false)

---@class check.datagram
---@field data string
---@field at number
---@field peer string
---@field port integer

---@class check.usage
---@field fuel integer
---@field memory integer
---@field connects integer
---@field accepts integer
---@field open integer
---@field datagrams_sent integer
---@field bytes_sent integer
---@field bytes_received integer

---Declare an exercise and its tests. Only the file check.lua of an exercise has it, when moonwire grade runs it: for each test and seed in a world of its own, where the file's main chunk runs first and then the test's function.
---@class check
local check = {}

---Describe the exercise.
---@param options? check.exercise.options what it is
---@return true ok done
function check.exercise(options) end

---Declare a test.
---@param options check.test.options the test
---@return true ok done
function check.test(options) end

---A test under way: it starts the submission and says what is expected of it.
---@class check.Test
local Test = {}

---Run the submission as a process of a host. The host sees the files that were handed in, and nothing of check.lua's.
---@param host host.Host where it runs
---@param options? check.Test.start.options how to run it
---@return host.Process process the process
function Test:start(host, options) end

---Run the reference solution as a process of a host, as somebody for the submission to talk to.
---@param host host.Host where it runs
---@param options? check.Test.solution.options how to run it
---@return host.Process process the process
function Test:solution(host, options) end

---Say something about a value, or about a process; if it is not so, the test fails and goes on.
---@param value any a value; a process; or a function, which is called for the value, with within again and again
---@param what? string what it is, for messages: "the number of datagrams"; a process need not be named
---@return check.Expectation expectation to be asked one question, such as equals(10)
function Test:expect(value, what) end

---Say something without which the rest of the test makes no sense; if it is not so, the test fails and ends.
---@param value any a value; a process; or a function, which is called for the value, with within again and again
---@param what? string what it is, for messages: "the number of datagrams"; a process need not be named
---@return check.Expectation expectation to be asked one question, such as equals(10)
function Test:require(value, what) end

---Take the results of an operation that the submission makes possible, such as connecting to it. If the first is nil or false, the test fails and ends.
---@param what string what the submission makes possible: "connect to port 6789"
---@param ... any the results of the operation (any number)
---@return any results all of them
function Test:must(what, ...) end

---Call a function on a host and wait for its results: the test itself runs on a host of its own, which no link joins. What was opened there can be used from the test.
---@param host host.Host the host
---@param fn function the function
---@param ... any its arguments (any number)
---@return any results what the function returns
function Test:on(host, fn, ...) end

---Let the test fail and end.
---@param message string one sentence
---@param options? check.Test.fail.options values to be shown side by side
---@return true ok done
function Test:fail(message, options) end

---Give points that stay although the test fail later. A test that passes has all its points.
---@param points number of the test's points (at least 0)
---@return true ok done
function Test:credit(points) end

---All bytes that a process has sent over TCP so far, one connection after another as it sent them.
---@param process host.Process a process, of the submission or another one
---@return string result
function Test:sent(process) end

---All bytes that a process has read from TCP so far.
---@param process host.Process a process, of the submission or another one
---@return string result
function Test:received(process) end

---The datagrams that a process has sent or received so far.
---@param process host.Process a process, of the submission or another one
---@param which? "sent"|"received" those that it has sent, or received (sent, received; default sent)
---@return check.datagram[] result
function Test:datagrams(process, which) end

---What a process has used so far: fuel (instructions), memory (bytes, as last counted), connects, accepts, open (sockets at present), datagrams_sent, bytes_sent, bytes_received.
---@param process host.Process a process, of the submission or another one
---@return check.usage result
function Test:usage(process) end

---The trace of the whole test so far, for module rules and for its dialogue.
---@return trace.Trace result
function Test:trace() end

---The name of the test.
---@return string result
function Test:name() end

---A value of which something is expected. Each method but within tells whether it is so.
---@class check.Expectation
local Expectation = {}

---Give it time to come true, on the world's clock: a function is called again and again, a process is waited for.
---@param time number|string how long, in seconds or "10 ms" (at least 0)
---@return check.Expectation expectation the same
function Expectation:within(time) end

---It equals a value; tables, when their contents do.
---@param value any the value
---@return boolean ok whether it does
function Expectation:equals(value) end

---It does not equal a value.
---@param value any the value
---@return boolean ok whether it does
function Expectation:differs(value) end

---It is text in which a Lua pattern is found.
---@param pattern string a pattern as of string.match
---@return any captures what the pattern captures, or the whole match; false if it is not found
function Expectation:matches(pattern) end

---It is text that has this text in it, or a list that has this value.
---@param value any the value
---@return boolean ok whether it has
function Expectation:contains(value) end

---It is text that does not have this text in it, or a list that does not have this value.
---@param value any the value
---@return boolean ok whether it lacks it
function Expectation:lacks(value) end

---It is a number not below the first and not above the second.
---@param least number the lower bound
---@param most number the upper bound
---@return boolean ok whether it is
function Expectation:between(least, most) end

---It is a number that differs from another one by no more than a tolerance.
---@param value number the number
---@param tolerance number how far it may be off (at least 0)
---@return boolean ok whether it is
function Expectation:near(value, tolerance) end

---It is a number not below another one.
---@param value number the number
---@return boolean ok whether it is
function Expectation:at_least(value) end

---It is a number not above another one.
---@param value number the number
---@return boolean ok whether it is
function Expectation:at_most(value) end

---It is neither nil nor false.
---@return boolean ok whether it is
function Expectation:holds() end

---It is what a function of module rules has found in a dialogue, and that is nothing; otherwise each breach is told, with its line and the RFC.
---@return boolean ok whether no rule is broken
function Expectation:lawful() end

---The process ends by itself with a status; it is waited for.
---@param status? integer the exit status (default 0)
---@return boolean ok whether it does
function Expectation:exits(status) end

---The process prints text in which a Lua pattern is found; it is waited for.
---@param pattern string a pattern as of string.match
---@param options? check.Expectation.prints.options how to look
---@return any captures what the pattern captures, or the whole match, or true for plain text; false if the process ends without it
function Expectation:prints(pattern, options) end

return check
