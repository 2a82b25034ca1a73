package cdn

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/moonwire-lab/moonwire/engine/http"
)

// Rewrite changes the URLs of what a page shows, but not its links: those of images, scripts, style sheets, sound and video that begin with
// from, also relative ones when the page itself does, then begin with to. With endings, such as ".gif", only files that have one of them. It returns the
// new page and how many URLs were changed. What is no URL stays as it is.
func Rewrite(page []byte, where, from, to string, endings []string) ([]byte, int, error) {
	base, err := url.Parse(where)
	if err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	changed := 0
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, 0, err
			}
			out.Write(z.Raw()) // a tag that does not end
			return out.Bytes(), changed, nil
		}
		raw := bytes.Clone(z.Raw())
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			token := z.Token()
			if n := rewriteTag(&token, base, from, to, endings); n > 0 {
				changed += n
				raw = []byte(token.String())
			}
		}
		out.Write(raw)
	}
}

func rewriteTag(token *html.Token, base *url.URL, from, to string, endings []string) (changed int) {
	for _, i := range http.Shown(*token) {
		a := &token.Attr[i]
		u, err := base.Parse(a.Val)
		if err != nil {
			continue
		}
		whole := u.String()
		if rest, ok := strings.CutPrefix(whole, from); ok && (len(endings) == 0 || slices.Contains(endings, path.Ext(u.Path))) {
			a.Val = to + rest
			changed++
		}
	}
	return changed
}
