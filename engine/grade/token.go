package grade

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
)

// Crockford's digits: none looks like another, and case does not matter.
const tokenDigits = "0123456789abcdefghjkmnpqrstvwxyz"

// Token returns what --replay takes to run a trial again: the seed, and five digits that depend on the exercise's name, the test's name and the
// seed. So a token is short, finds its test, and a mistyped one or one of another exercise is refused, but for one in 33 million.
func Token(exercise string, t Trial) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", exercise, t.Test, t.Seed))
	digits := base32.NewEncoding(tokenDigits).WithPadding(base32.NoPadding).EncodeToString(sum[:4])
	return fmt.Sprintf("%d-%s", t.Seed, digits[:5])
}

// ParseToken returns the trial of the exercise that the token stands for.
func ParseToken(ex *Exercise, token string) (Trial, error) {
	number, _, ok := strings.Cut(token, "-")
	seed, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return Trial{}, fmt.Errorf("grade: %.40q is no replay token; want a seed, a dash and five letters or digits, such as 7-k3f9w, from a report", token)
	}
	plain := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(token))
	for _, t := range ex.Tests {
		trial := Trial{Test: t.Name, Seed: seed}
		if Token(ex.Name, trial) == plain {
			return trial, nil
		}
	}
	return Trial{}, fmt.Errorf("grade: the token %.40s stands for no test of exercise %s: it is mistyped, or of another exercise", token, ex.Name)
}
