// Package resolver is the resolving half of the domain name system (RFC 1034 section 5, RFC 1123 section 6.1.3): the resolver routines of a host, which read
// its /etc/hosts and /etc/resolv.conf (Stub), and the local, caching server that these ask (Recursor), which finds out from the root on (RFC 1034 section 5.3.3), ranks
// what it hears (RFC 2181 section 5.4.1) and remembers it until its time to live is over, errors too (RFC 2308).
//
// Left out: DNSSEC validation, query name minimisation (RFC 9156), serving stale data (RFC 8767) and prefetching.
package resolver
