package textbook_test

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/textbook"
)

// TestWeb visits every site that has pages, by name, and the page with ten images.
func TestWeb(t *testing.T) {
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	n, err := textbook.Build(w)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := w.Authority()
	if err != nil {
		t.Fatal(err)
	}
	st := n.Host("cis.poly.edu").NewStack("browser")
	main := st.Go("main", func() {
		c := &http.Client{Stack: st, Redirects: 2, TLS: func(host string) (*tls.Config, error) { return authority.Client(st, host), nil }}
		for url, want := range map[string]string{"http://www.eurecom.fr/~ross/": "Keith Ross", "http://gaia.cs.umass.edu/kurose": "Labs", "http://www.someschool.edu/somedepartment/home.index": "department",
			"https://www.amazon.com/": "shop", "http://www.ibm.com/": "servereast", "http://www.networkutopia.com/": "Utopia", "http://www.mat.unical.it/": "Matematica", "http://www.yahoo.com/": "portal",
			"http://www.google.com/": "Search", "http://www.pbs.org/": "Television"} {
			a, err := c.Get(url)
			if err != nil {
				t.Errorf("%s: %v", url, err)
				continue
			}
			text, _ := io.ReadAll(a.Body)
			if a.StatusCode != 200 || !strings.Contains(string(text), want) || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: %s %s", url, a.Status, text)
			}
		}
		objects, err := c.Page("http://www.escuela.edu/departamento/home.index")
		if err != nil || len(objects) != 11 || objects[10].Answer.Header.Get("Content-Type") != "image/gif" {
			t.Errorf("%d objects, %v", len(objects), err)
		}
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}
