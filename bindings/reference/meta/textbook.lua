---@meta textbook

-- Made from the declaration; do not edit.

---@class textbook.site
---@field name string its name, for build
---@field about string what it is
---@field country string its country, for build; empty for the backbone
---@field hosts string[] the names of its hosts

---The internet of the lectures: root servers and top-level domains, the universities, companies and people that the slides name, with name servers, mail servers and the distances between continents. A server starts when the first packet comes for it.
---@class textbook
---@field HOME string The host that the shell sits at first.
local textbook = {}

---Add the textbook internet to the world, or parts of it with what they need to be found by name.
---@param parts? string[] sites such as "umass.edu", countries such as "fr", hosts such as "cis.poly.edu"; everything without it
---@return table<string, host.Host>? hosts the hosts by name, without routers
---@return string? message why not
---@return string? code not-found, exists
function textbook.build(parts) end

---The sites of the textbook internet. Each is a part for build, as are their countries and each host.
---@return textbook.site[] sites one table each, in the order of the description
function textbook.sites() end

return textbook
