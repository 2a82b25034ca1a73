package dns

// Lookup answers a question from the server's zones; nil if the name is in none of them.
func (s *Server) Lookup(name string, typ uint16) *Answer {
	k, err := keyOf(name)
	if err != nil || s.zoneOf(k, typ) == nil {
		return nil
	}
	l := lookup{typ: typ, zone: s.zoneOf}
	return l.run(name)
}
