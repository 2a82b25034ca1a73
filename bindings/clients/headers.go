package clients

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

// Headers is module socket.headers.
var Headers = bind.New("socket.headers", "How the names of header fields of mail and HTTP are written.", func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module), bind.Script(`local headers, socket = ... socket.headers = headers`),
		bind.Value("canonic", "table", "The usual spelling of a field's name by the name in lower case. A script may add to it.", canonic),
		bind.Example(`print(require("socket.headers").canonic["content-type"]) --> Content-Type`),
	}
})

// fieldNames are the header fields that LuaSocket knows: those of HTTP (RFC 2616), mail (RFC 2822), MIME (RFC 2045 to 2047, 2183)
// and delivery reports (RFC 1894).
const fieldNames = `
accept accept-charset accept-encoding accept-language accept-ranges action age allow alternate-recipient arrival-date
authorization bcc cache-control cc comments connection content-description content-disposition content-encoding content-id
content-language content-length content-location content-md5 content-range content-transfer-encoding content-type cookie date
diagnostic-code dsn-gateway etag expect expires final-log-id final-recipient from host if-match if-modified-since if-none-match
if-range if-unmodified-since in-reply-to keywords last-attempt-date last-modified location max-forwards message-id mime-version
original-envelope-id original-recipient pragma proxy-authenticate proxy-authorization range received received-from-mta references
referer remote-mta reply-to reporting-mta resent-bcc resent-cc resent-date resent-from resent-message-id resent-reply-to
resent-sender resent-to retry-after return-path sender server smtp-remote-recipient status subject te to trailer transfer-encoding
upgrade user-agent vary via warning will-retry-until www-authenticate x-mailer`

func canonic(L *lua.LState) lua.LValue {
	table := L.NewTable()
	for _, name := range strings.Fields(fieldNames) {
		table.RawSetString(name, lua.LString(spelled(name)))
	}
	return table
}

// spelled returns the usual spelling of a name: abbreviations in capitals, other words with a capital.
func spelled(name string) string {
	words := strings.Split(name, "-")
	for i, w := range words {
		switch w {
		case "dsn", "id", "md5", "mime", "mta", "smtp", "te", "www":
			words[i] = strings.ToUpper(w)
		case "etag":
			words[i] = "ETag"
		default:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}
