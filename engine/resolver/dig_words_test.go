package resolver

import "testing"

// TestKnownWords takes each word that a misspelt one may be told to be.
func TestKnownWords(t *testing.T) {
	for _, word := range digOptions() {
		for _, value := range []string{"", "=1"} {
			err := new(digging).option(word[1:] + value)
			if err == nil {
				break
			}
			if value != "" {
				t.Errorf("%s: %v", word, err)
			}
		}
	}
	for _, word := range commonTypes() {
		if _, ok := typeOf(word); !ok {
			t.Errorf("%s is no type", word)
		}
	}
}
