package maildrop

import (
	"bytes"
	"testing"
)

func TestFileName(t *testing.T) {
	for name, want := range map[string]file{
		"7.1767225600.q3,S=345:2,RS":     {7, 1767225600, "q3", 345, Answered | Seen},
		"1.0.-,S=0:2,":                   {1, 0, "", 0, 0},
		"4294967295.5.a-b,S=1:2,DFRSTaz": {4294967295, 5, "a-b", 1, 31 | 1<<5 | 1<<30},
	} {
		if got, ok := parseFileName(name); !ok || got != want {
			t.Errorf("%s: %v %+v, want %+v", name, ok, got, want)
		}
		if got := fileName(want); got != name {
			t.Errorf("%+v: %s, want %s", want, got, name)
		}
	}
	for _, name := range []string{"", "1", "0.0.-,S=0:2,", "01.0.-,S=0:2,", "1.0.-,S=0:2,SR", "1.0.-,S=-1:2,", "1.0.-,S=0:2,X", "1.0.--é,S=0:2,", "1.0.,S=0:2,", "4294967296.0.-,S=0:2,", "+1.0.-,S=0:2,"} {
		if f, ok := parseFileName(name); ok {
			t.Errorf("%q was taken for %+v", name, f)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("7.1767225600.q3,S=345:2,RS")
	f.Add("1.0.-,S=0:2,abz")
	f.Fuzz(func(t *testing.T, name string) {
		if m, ok := parseFileName(name); ok && fileName(m) != name {
			t.Errorf("%q became %+v, which is %q", name, m, fileName(m))
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("next 3\nfolder 1 INBOX\nfolder 2 lists/go\nsubscribed INBOX\n"))
	f.Add([]byte("next 1\nfolder 1 INBOX\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := parseIndex(text)
		if err != nil {
			return
		}
		again, err := parseIndex(x.format())
		if err != nil || !bytes.Equal(again.format(), x.format()) {
			t.Errorf("%q became %q (%v)", text, again.format(), err)
		}
	})
}

func FuzzState(f *testing.F) {
	f.Add([]byte("uidnext 3\nrecent 2\nkeywords $Junk NotJunk\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState(text)
		if err != nil {
			return
		}
		again, err := parseState(s.format())
		if err != nil || !bytes.Equal(again.format(), s.format()) {
			t.Errorf("%q became %q (%v)", text, again.format(), err)
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, user := range []string{"bob", "../../etc", ".", "joão", "%41", "bob@crepes.fr"} {
		f.Add(user)
	}
	f.Fuzz(func(t *testing.T, user string) {
		name := escape(user)
		if validName(user) {
			if back, ok := unescape(name); !ok || back != user || name == "." || name == ".." || bytes.ContainsAny([]byte(name), "/\\\x00") {
				t.Errorf("%q became %q and then %q", user, name, back)
			}
		}
		if back, ok := unescape(user); ok && escape(back) != user {
			t.Errorf("the name %q became %q and then %q", user, back, escape(back))
		}
	})
}
