package http_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestPageIsBounded: a page of many long objects is not fetched for ever.
func TestPageIsBounded(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		l, err := st.Listen("tcp", ":8080")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: func(r *http.Request) *http.Response {
			if r.URL.Path == "/" {
				var page strings.Builder
				for i := range 2000 {
					fmt.Fprintf(&page, "<img src=%d.gif>", i)
				}
				return http.Bytes(200, "text/html", []byte(page.String()))
			}
			return http.Bytes(200, "image/gif", make([]byte, 1000))
		}}
		st.Go("server", func() { s.Serve(st, l) })
		for _, mode := range []http.Mode{http.Persistent, http.Pipelined, http.Parallel} {
			c := &http.Client{Stack: st, Mode: mode, Limits: http.Limits{Body: 100000}}
			all, err := c.Page("http://client:8080/")
			bytes, long := int64(0), 0
			for _, f := range all {
				bytes += int64(len(f.Body))
				if f.Err != nil && stack.Code(f.Err) == "too-long" {
					long++
				}
			}
			if err != nil || len(all) != 1001 || bytes > 100000 || long < 900 {
				t.Errorf("mode %d: %d objects, %d bytes, %d too long, %v", mode, len(all), bytes, long, err)
			}
			c.Close()
		}
		s.Close()
	})
}

// start starts a server for a test.
func start(t *testing.T, st *stack.Stack, address string, s *http.Server) {
	t.Helper()
	l, err := st.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	st.Go("server", func() { s.Serve(st, l) })
}

// gallery is the handler of a page with so many pictures.
func gallery(pictures int) http.Handler {
	text := "<img src=/0.gif>"
	for i := 1; i < pictures; i++ {
		text += fmt.Sprintf("<img src=/%d.gif>", i)
	}
	return func(r *http.Request) *http.Response {
		if r.URL.Path == "/" {
			return http.Bytes(200, "text/html", []byte(text))
		}
		return http.Bytes(200, "image/gif", []byte(r.URL.Path))
	}
}

// TestCookiesOnce: a request that is made again has its cookies once, and a field Cookie of the caller's keeps them company.
func TestCookiesOnce(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		var got []string
		show := gallery(10)
		s := &http.Server{Requests: 3, Handler: func(r *http.Request) *http.Response {
			if got = append(got, r.Header.Get("Cookie")); r.URL.Path == "/old" {
				return http.Redirect(302, "/new")
			}
			a := show(r)
			a.Header.Set("Set-Cookie", "id=1678")
			return a
		}}
		start(t, st, ":8080", s)
		c := &http.Client{Stack: st, Mode: http.Pipelined, Redirects: 1, Jar: http.NewJar(st.Now)}
		all, err := c.Page("http://client:8080/")
		if err != nil || len(all) != 11 || slices.ContainsFunc(all, func(f http.Fetched) bool { return f.Err != nil || f.Answer.StatusCode != 200 }) {
			t.Errorf("%d objects, %v", len(all), err)
		}
		for i, text := range got {
			if i > 0 && text != "id=1678" {
				t.Errorf("request %d has %q", i, text)
			}
		}
		got = nil
		r, _ := http.NewRequest("GET", "http://client:8080/old", nil)
		r.Header.Set("Cookie", "mine=1")
		for range 2 {
			if _, err := c.Do(r); err != nil {
				t.Error(err)
			}
		}
		if want := strings.Repeat("mine=1; id=1678 ", 4); strings.Join(got, " ")+" " != want {
			t.Errorf("%q, want %q", got, want)
		}
		s.Close()
	})
}

// TestPipelineAsksAgain: what wants a password or is elsewhere comes in mode Pipelined, too.
func TestPipelineAsksAgain(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		for _, digest := range []bool{false, true} {
			g := &http.Guard{Stack: st, Realm: "r", Digest: digest, Secret: func(string) (string, bool) { return "hungry", true }}
			show, refused := gallery(6), 0
			s := &http.Server{Handler: func(r *http.Request) *http.Response {
				switch _, a := g.Check(r); {
				case r.URL.Path == "/":
				case a != nil:
					refused++
					return a
				case r.URL.Path == "/3.gif":
					return http.Redirect(301, "/moved.gif")
				}
				return show(r)
			}}
			start(t, st, ":8080", s)
			c := &http.Client{Stack: st, Mode: http.Pipelined, Redirects: 5, User: "bob", Password: "hungry"}
			for range 2 {
				all, err := c.Page("http://client:8080/")
				if err != nil || len(all) != 7 {
					t.Fatalf("%d objects, %v", len(all), err)
				}
				for i, f := range all {
					if want := fmt.Sprintf("/%d.gif", i-1); f.Err != nil || f.Answer.StatusCode != 200 || i > 0 && i != 4 && string(f.Body) != want || i == 4 && string(f.Body) != "/moved.gif" {
						t.Errorf("digest %v, object %d: %v, %q", digest, i, f.Err, f.Body)
					}
				}
			}
			if refused != 6 { // the second time the client knows that it is asked
				t.Errorf("digest %v: %d requests were refused", digest, refused)
			}
			c.Close()
			s.Close()
		}
	})
}

// TestTwoPages: two tasks may fetch pages with one client, each with the password for its own server and with room of its own.
func TestTwoPages(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		var servers []*http.Server
		for _, port := range []string{":8080", ":8081"} {
			show := gallery(6)
			s := &http.Server{Handler: func(r *http.Request) *http.Response {
				if r.Header.Get("Authorization") != http.Basic("bob", "hungry") {
					a := http.Status(401)
					a.Header.Set("Www-Authenticate", `Basic realm="r"`)
					return a
				}
				if port == ":8081" {
					st.Sleep(time.Second) // its page is on its way when the other one has come
				}
				return show(r)
			}}
			start(t, st, port, s)
			servers = append(servers, s)
		}
		for _, mode := range []http.Mode{http.Persistent, http.Pipelined, http.Parallel} {
			c := &http.Client{Stack: st, Mode: mode, User: "bob", Password: "hungry", Limits: http.Limits{Body: 100000}}
			var tasks []*sim.Task
			for _, port := range []string{":8081", ":8080"} {
				tasks = append(tasks, st.Go("page", func() {
					all, err := c.Page("http://client" + port + "/")
					if err != nil || len(all) != 7 {
						t.Errorf("mode %d: %d objects, %v", mode, len(all), err)
					}
					for _, f := range all {
						if f.Err != nil || f.Answer.StatusCode != 200 {
							t.Errorf("mode %d: %s: %v", mode, f.URL, f.Err)
						}
					}
				}))
			}
			for _, task := range tasks {
				task.Join()
			}
			if n := c.Fetched(); n != 0 {
				t.Errorf("mode %d: %d bytes are being fetched by nobody", mode, n)
			}
			c.Close()
		}
		for _, s := range servers {
			s.Close()
		}
	})
}

// TestPasswordStays: the password is for the server that was asked, not for those to which it sends the client.
func TestPasswordStays(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		var told []string
		thief := &http.Server{Handler: func(r *http.Request) *http.Response {
			told = append(told, r.Header.Get("Authorization")+r.Header.Get("Cookie"))
			a := http.Status(401)
			a.Header.Set("Www-Authenticate", `Basic realm="r"`)
			return a
		}}
		start(t, st, ":8081", thief)
		s := &http.Server{Handler: func(r *http.Request) *http.Response {
			if r.URL.Path == "/page" {
				return http.Bytes(200, "text/html", []byte("<img src=http://client:8081/x.gif>"))
			}
			return http.Redirect(302, "http://client:8081/")
		}}
		start(t, st, ":8080", s)
		for _, mode := range []http.Mode{http.Persistent, http.Pipelined, http.Parallel} {
			c := &http.Client{Stack: st, Mode: mode, Redirects: 5, User: "bob", Password: "hungry"}
			r, _ := http.NewRequest("GET", "http://client:8080/", nil)
			r.Header.Set("Cookie", "id=1")
			if a, err := c.Do(r); err != nil || a.StatusCode != 401 {
				t.Errorf("%v, %v", a, err)
			}
			if _, err := c.Page("http://client:8080/page"); err != nil {
				t.Error(err)
			}
			c.Close()
		}
		if text := strings.Join(told, ""); len(told) != 6 || text != "" {
			t.Errorf("%d requests told %q", len(told), text)
		}
		s.Close()
		thief.Close()
	})
}

// TestClosedConnection: a connection that the server has closed meanwhile is not used for what may not be made twice.
func TestClosedConnection(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		s := &http.Server{Idle: time.Second, Handler: func(r *http.Request) *http.Response { return http.Text(200, r.Method) }}
		start(t, st, ":8080", s)
		c := &http.Client{Stack: st}
		for range 2 {
			r, _ := http.NewRequest("POST", "http://client:8080/", []byte("body"))
			a, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, a.Body)
			st.Sleep(time.Minute)
		}
		if c.Opened != 2 {
			t.Errorf("%d connections", c.Opened)
		}
		c.Close()
		s.Close()
	})
}

// TestHintsBeforeContinue: other interim answers than 100 do not keep the body back.
func TestHintsBeforeContinue(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		l, err := st.Listen("tcp", ":8080")
		if err != nil {
			t.Fatal(err)
		}
		st.Go("server", func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1000))
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
			body := make([]byte, 4)
			io.ReadFull(c, body)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"+string(body))
			c.Close()
		})
		r, _ := http.NewRequest("PUT", "http://client:8080/", []byte("body"))
		r.Header.Set("Expect", "100-continue")
		began := st.Now()
		a, err := (&http.Client{Stack: st}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := io.ReadAll(a.Body); string(text) != "body" || st.Now().Sub(began) > time.Second/2 {
			t.Errorf("%q after %v", text, st.Now().Sub(began))
		}
		l.Close()
	})
}

// TestHeads: whoever wants to see heads gets them as they go over the wire, whole also where they are long, and nothing of the bodies.
func TestHeads(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		s := &http.Server{Handler: func(r *http.Request) *http.Response { return http.Text(200, "the body of the answer") }}
		start(t, st, ":8080", s)
		for _, http10 := range []bool{false, true} {
			var heads []string
			c := &http.Client{Stack: st, HTTP10: http10, Heads: func(sent bool, head []byte) { heads = append(heads, fmt.Sprint(sent, " ", string(head))) }}
			r, _ := http.NewRequest("POST", "http://client:8080/", []byte("the body of the request"))
			r.Header.Set("X-Long", strings.Repeat("x", 10000))
			if _, err := c.Do(r); err != nil {
				t.Fatal(err)
			}
			begin := "true POST / HTTP/1.1\r\n"
			if http10 {
				begin = "true POST / HTTP/1.0\r\n"
			}
			if len(heads) != 2 || !strings.HasPrefix(heads[0], begin) || !strings.Contains(heads[0], "\r\nX-Long: "+strings.Repeat("x", 10000)+"\r\n") || !strings.HasPrefix(heads[1], "false HTTP/1.") {
				t.Errorf("%q", heads)
			}
			for _, h := range heads {
				if strings.Index(h, "\r\n\r\n") != len(h)-4 {
					t.Errorf("%q has something behind it", h)
				}
			}
			c.Close()
		}
		s.Close()
	})
}

// TestWhatAPageShows: the client fetches what a page shows as a part of itself, each once, and nothing else; its answers may have 64 MiB.
func TestWhatAPageShows(t *testing.T) {
	world(t, func(st *stack.Stack, _ string) {
		const page = `<a href=no1><link rel=canonical href=no2><link rel="alternate stylesheet" href=a><link href=b rel="shortcut ICON"><base href="/in/"><script src=c></script>
<img src=" d "><img src=d><img src="#top"><img src=""><img src="data:,x"><iframe src="//client:8080/e"></iframe><embed src=f><audio src=g></audio>
<video src=h poster=i></video><img poster=no3><source src=j><input type=image src=k><object data=no4></object><img src="d#x">`
		var asked []string
		start(t, st, ":8080", &http.Server{Handler: func(r *http.Request) *http.Response {
			if r.URL.Path == "/" {
				return http.Bytes(200, "text/html", []byte(page))
			}
			asked = append(asked, r.URL.Path)
			return http.Bytes(200, "image/gif", make([]byte, 11<<20))
		}})
		c := &http.Client{Stack: st}
		all, err := c.Page("http://client:8080/")
		want := "/a /b /in/c /in/d /in/ /e /in/f /in/g /in/h /in/i /in/j /in/k"
		if text := strings.Join(asked, " "); err != nil || text != want {
			t.Errorf("%v, %s\nwant %s", err, text, want)
		}
		for i, f := range all[:5] {
			if f.Err != nil {
				t.Errorf("object %d: %v", i, f.Err)
			}
		}
		c.Close()
	})
}
