package repl

import (
	"fmt"
	"strings"
)

// An option is a letter behind a dash, as commands of a terminal have them, and its value.
type option struct {
	letter byte
	value  string
}

// options takes the options out of the arguments of a command: flags are letters that stand alone, valued those that a value follows, in the same
// word or the next. Several flags may share a dash; -- ends them.
func options(command string, args []string, flags, valued string) (given []option, rest []string, err error) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if word == "--" {
			return given, append(rest, args...), nil
		}
		if len(word) < 2 || word[0] != '-' {
			rest = append(rest, word)
			continue
		}
		for i := 1; i < len(word); i++ {
			o := option{letter: word[i]}
			switch {
			case strings.IndexByte(flags, o.letter) >= 0:
			case strings.IndexByte(valued, o.letter) < 0:
				return nil, nil, fmt.Errorf("%s: there is no option %s; it takes %s", command, dashed(word, o.letter), allOptions(flags, valued))
			case i+1 < len(word):
				o.value, i = word[i+1:], len(word)
			case len(args) == 0:
				return nil, nil, fmt.Errorf("%s: -%c wants a value behind it", command, o.letter)
			default:
				o.value, args = args[0], args[1:]
			}
			given = append(given, o)
		}
	}
	return given, rest, nil
}

// dashed is the option that a word has: the whole of --long.
func dashed(word string, letter byte) string {
	if strings.HasPrefix(word, "--") {
		return word
	}
	return "-" + string(rune(letter))
}

func allOptions(flags, valued string) string {
	var all []string
	for _, letter := range flags + valued {
		all = append(all, "-"+string(letter))
	}
	return strings.Join(all, " ")
}
