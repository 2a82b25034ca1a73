// Package dns is the Lua module dns: zones, servers that answer for them, and asking.
package dns

import (
	"github.com/moonwire-lab/moonwire/bindings/bind"
)

const moduleDoc = `The Domain Name System: zones, servers that answer for them, and asking.

Names are as in master files: "www.lab." is whole, "www" is below the origin. Records are texts such as "www 300 A 10.0.0.1", or tables with name, type,
ttl and data.`

// Module is module dns.
var Module = bind.New("dns", moduleDoc, func() []bind.Member {
	return []bind.Member{
		bind.Fn("zone", "Make a zone from the text of a master file, or from a list of records. A list without SOA gets one.", makeZone).
			Returns("zone", "the zone").Errors("invalid", "limit").
			Example(`local dns = require "dns"
local zone = assert(dns.zone([[
$TTL 300
@    SOA ns hostmaster 1 1h 10m 1d 60
     NS  ns
ns   A   10.0.0.1
*    A   10.0.0.7
]], {origin = "lab"}))
print(zone:lookup("nobody.lab", "A").answer[1].data) --> 10.0.0.7
print(dns.zone("@ SOA ns h 1 2 3 4 5\n@ NS ns\nwww A 10.0.0", {origin = "lab"}))
--> nil	zone:3: bad A A: "10.0.0"	invalid`),
		bind.Fn("load", "Make a zone from a master file of this host. What changes later is kept in it, and in a journal beside it, before a change is confirmed.", loadZone).
			Returns("zone", "the zone").Errors("invalid", "limit", "not-found", "denied").
			Example(`local dns = require "dns"
local f = io.open("/lab.zone", "w")
f:write("$ORIGIN lab.\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n")
f:close()
dns.load("/lab.zone"):add("www A 10.0.0.2")
print(dns.load("/lab.zone"):lookup("www.lab").answer[1].data) --> 10.0.0.2`),
		bind.Fn("serve", "Answer for zones over UDP and TCP. The server runs as tasks of this process on the caller's host.", serve).
			Returns("server", "the running server").Errors("in-use", "denied", "address", "limit").
			Example(`local dns = require "dns"
local server = assert(dns.serve({
  zones = {dns.zone({"@ NS ns", "ns A 10.0.0.1"}, {origin = "lab"})},
  answer = function(q) if q.name == "time.lab." then return 'time.lab. 0 TXT "now"' end end,
}))
print(server:port()) --> 53
server:close()`),
		keyFn(), updateFn(), transferFn(), changesFn(), notifyFn(),
		zoneClass(), serverClass(), secondaryClass(), keyClass(),
		queryFn(), exchangeFn(), messageFn(), encodeFn(), decodeFn(), reverseFn(), digFn(), nslookupFn(), hostFn(), recursorFn(), recursorClass(),
		bind.Example(ownServerExample), bind.Example(ownResolverExample),
	}
})
