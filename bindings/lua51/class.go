package lua51

// Bits of a byte's kinds in the C locale.
const (
	kindAlpha = 1 << iota
	kindCntrl
	kindDigit
	kindLower
	kindPunct
	kindSpace
	kindUpper
	kindHex
	kindZero
	kindAlnum
)

// classes says which kinds a pattern's class letter, in lower case, stands for; 0 is no class.
var classes = [256]uint16{
	'a': kindAlpha, 'c': kindCntrl, 'd': kindDigit, 'l': kindLower, 'p': kindPunct,
	's': kindSpace, 'u': kindUpper, 'w': kindAlnum, 'x': kindHex, 'z': kindZero,
}

// ctype has the kinds of each byte; it is never changed.
var ctype = kindsOfBytes()

func kindsOfBytes() (table [256]uint16) {
	for i := range table {
		c := byte(i)
		var k uint16
		switch {
		case c < ' ' || c == 127:
			k = kindCntrl
		case isDigit(c):
			k = kindDigit | kindAlnum
		case 'a' <= c && c <= 'z':
			k = kindLower | kindAlpha | kindAlnum
		case 'A' <= c && c <= 'Z':
			k = kindUpper | kindAlpha | kindAlnum
		case ' ' < c && c < 127:
			k = kindPunct
		}
		if isSpace(c) {
			k |= kindSpace
		}
		if isHex(c) {
			k |= kindHex
		}
		if c == 0 {
			k |= kindZero
		}
		table[i] = k
	}
	return table
}

func isLetter(c byte) bool { return ctype[c]&kindAlpha != 0 }

// inClass reports whether %class matches c. An upper-case letter is the complement; what is no class is itself.
func inClass(c, class byte) bool {
	if !isLetter(class) || classes[class|0x20] == 0 {
		return c == class
	}
	return (ctype[c]&classes[class|0x20] != 0) == (class&0x20 != 0)
}
