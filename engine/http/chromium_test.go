package http_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"io"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// shown says what a browser made of it: how wide its picture is, what came of a redirection, a form, a range and the site's cookie.
const shown = `<!DOCTYPE html>
<title>Page</title>
<link rel="stylesheet" href="style.css">
<body><img id="picture" src="picture.gif">
<script>
onload = async () => {
  const text = async (url, options) => (await (await fetch(url, options)).text()).trim()
  const said = [picture.naturalWidth, getComputedStyle(document.body).color, await text('old'), await text('echo', {method: 'POST', body: new URLSearchParams({a: 'b c'})}),
    await text('digits', {headers: {Range: 'bytes=3-5'}}), await text('cookie')]
  document.body.append(said.join('|'))
}
</script>
`

func browsed(r *http.Request) *http.Response {
	switch r.URL.Path {
	case "/":
		a := http.Bytes(200, "text/html; charset=utf-8", []byte(shown))
		a.Header.Set("Set-Cookie", "visitor=1678")
		return a
	case "/picture.gif":
		var b bytes.Buffer
		gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 37, 5), color.Palette{color.Black}), nil)
		return http.Bytes(200, "image/gif", b.Bytes())
	case "/style.css":
		return http.Bytes(200, "text/css", []byte("body { color: rgb(1, 2, 3) }"))
	case "/old":
		a := http.Status(301)
		a.Header.Set("Location", "/new")
		return a
	case "/new":
		return http.Text(200, "moved")
	case "/echo":
		r.ParseForm()
		return http.Text(200, r.PostForm.Get("a"))
	case "/cookie":
		return http.Text(200, r.Header.Get("Cookie"))
	}
	return http.Status(404)
}

// TestChromium lets a browser show a page with what belongs to it.
func TestChromium(t *testing.T) {
	interop.Run(t, func(m *interop.Machine) {
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		s := &http.Server{Handler: func(r *http.Request) *http.Response {
			if r.URL.Path == "/digits" {
				const digits = "0123456789"
				return http.Content(r, readCloser{strings.NewReader(digits)}, http.Entity{Type: "text/plain", Size: int64(len(digits))}, 0)
			}
			return browsed(r)
		}}
		m.Go("accept", func() { s.Serve(m.Stack, l) })
		defer s.Close()
		out, err := m.Output(interop.Chromium(t, "http://"+l.Addr().String()+"/"))
		if want := "37|rgb(1, 2, 3)|moved|b c|345|visitor=1678"; err != nil || !strings.Contains(out, want) {
			t.Errorf("%v; want %q in\n%s", err, want, out)
		}
	})
}

type readCloser struct{ io.ReadSeeker }

func (readCloser) Close() error { return nil }
