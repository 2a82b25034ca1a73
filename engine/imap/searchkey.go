package imap

import (
	"strings"
	"time"
)

// A searchKey is a condition of SEARCH (RFC 3501 6.4.4).
type searchKey struct {
	op     string // in capitals; "SET" for message numbers, "AND" for a list
	text   string // of FROM, SUBJECT, BODY, KEYWORD, …
	field  string // of HEADER
	date   time.Time
	number uint32
	set    NumSet
	ranges []Range     // of the set, once it is known which numbers there are
	keys   []searchKey // of AND, OR and NOT
}

// A searchProgram is all arguments of SEARCH.
type searchProgram struct {
	charset string
	key     searchKey // an AND
}

// searchProgram = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)
func (p *parser) searchProgram() (s searchProgram) {
	if p.keyword("CHARSET") {
		p.sp()
		s.charset = p.astring()
		p.sp()
	}
	left := maxKeys
	s.key.op = "AND"
	for {
		s.key.keys = append(s.key.keys, p.searchKey(&left))
		if !p.take(' ') {
			return s
		}
	}
}

// searchKey reads one key; left is how many more there may be.
func (p *parser) searchKey(left *int) (k searchKey) {
	if *left--; *left < 0 {
		p.fail("fewer search keys")
	}
	if p.depth++; p.depth > maxDepth {
		p.fail("search keys that lie less deep")
	}
	defer func() { p.depth-- }()
	if p.err != nil {
		return k
	}
	if p.take('(') {
		k.op = "AND"
		for {
			k.keys = append(k.keys, p.searchKey(left))
			if !p.take(' ') || p.err != nil {
				p.want(')')
				return k
			}
		}
	}
	if c := p.peek(); c == '*' || isDigit(c) {
		return searchKey{op: "SET", set: p.sequenceSet()}
	}
	from := p.at
	k.op = strings.ToUpper(p.run("a search key", func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }))
	switch k.op {
	case "ALL", "ANSWERED", "DELETED", "FLAGGED", "NEW", "OLD", "RECENT", "SEEN", "UNANSWERED", "UNDELETED", "UNFLAGGED", "UNSEEN", "DRAFT", "UNDRAFT":
	case "BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO":
		p.sp()
		k.text = p.astring()
	case "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE":
		p.sp()
		k.date = p.date()
	case "KEYWORD", "UNKEYWORD":
		p.sp()
		k.text = p.atom()
	case "HEADER":
		p.sp()
		k.field = p.astring()
		p.sp()
		k.text = p.astring()
	case "LARGER", "SMALLER":
		p.sp()
		k.number = p.number()
	case "UID":
		p.sp()
		k.set = p.sequenceSet()
	case "NOT":
		p.sp()
		k.keys = []searchKey{p.searchKey(left)}
	case "OR":
		p.sp()
		k.keys = []searchKey{p.searchKey(left)}
		p.sp()
		k.keys = append(k.keys, p.searchKey(left))
	default:
		p.at = from
		p.fail("a search key")
	}
	return k
}
