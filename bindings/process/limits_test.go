package process

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestSettle shows what becomes of limits that are left out, lifted or make no sense.
func TestSettle(t *testing.T) {
	for _, wallClock := range []bool{false, true} {
		l, err := Limits{}.Settle(wallClock)
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range AllLimits() {
			want := limit.Default
			if limit.Unit == "time" && wallClock {
				want = 0
			}
			if got := *limit.field(&l); got != want {
				t.Errorf("%s left out is %d, want %d", limit.Name, got, want)
			}
		}
	}
	for _, limit := range AllLimits() {
		var l Limits
		l.Set(limit.Name, NoLimit)
		got, err := l.Settle(false)
		want := int64(0)
		if limit.Name == "depth" {
			want = limit.Default // the stack has an end
		}
		if err != nil || *limit.field(&got) != want {
			t.Errorf("%s lifted is %d, %v; want %d", limit.Name, *limit.field(&got), err, want)
		}
		l.Set(limit.Name, -2)
		if _, err := l.Settle(false); err == nil || !strings.Contains(err.Error(), limit.Name) {
			t.Errorf("%s of -2: %v", limit.Name, err)
		}
		if limit.Most < math.MaxInt64 {
			l.Set(limit.Name, limit.Most+1)
			if _, err := l.Settle(false); err == nil || !strings.Contains(err.Error(), "limit "+limit.Name+": want at most "+limit.Text(limit.Most)) {
				t.Errorf("%s beyond the most: %v", limit.Name, err)
			}
		}
	}
}

// TestAllLimitsIsWhole makes sure that every field of Limits is in the list, under a name and a flag of its own.
func TestAllLimitsIsWhole(t *testing.T) {
	var l Limits
	seen := map[string]bool{}
	for i, limit := range AllLimits() {
		if seen[limit.Name] || seen["--"+limit.Flag] {
			t.Errorf("%s or --%s is there twice", limit.Name, limit.Flag)
		}
		seen[limit.Name], seen["--"+limit.Flag] = true, true
		*limit.field(&l) = int64(i + 1)
	}
	want := Limits{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, time.Duration(12), time.Duration(13), 14}
	if l != want {
		t.Errorf("the fields are set to %+v, want %+v", l, want)
	}
}

func TestLimitText(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int64
		want string
	}{
		{"memory", 128 << 20, "128 MiB"}, {"memory", 1000, "1000 bytes"}, {"time", int64(24 * time.Hour), "24h"},
		{"time", int64(10 * time.Minute), "10m"}, {"wall", int64(90 * time.Second), "1m30s"}, {"starts", 10, "10 starts"},
	} {
		for _, limit := range AllLimits() {
			if limit.Name == c.name {
				if got := limit.Text(c.n); got != c.want {
					t.Errorf("%d of %s is %q, want %q", c.n, c.name, got, c.want)
				}
			}
		}
	}
}
