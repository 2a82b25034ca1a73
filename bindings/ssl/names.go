package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

// optionNames are options that change nothing here.
func optionNames() []string {
	return strings.Fields(`all allow_client_renegotiation allow_no_dhe_kex allow_unsafe_legacy_renegotiation cipher_server_preference
		cleanse_plaintext cookie_exchange dont_insert_empty_fragments enable_middlebox_compat ephemeral_rsa ignore_unexpected_eof
		legacy_server_connect no_anti_replay no_compression no_encrypt_then_mac no_extended_master_secret no_query_mtu no_renegotiation
		no_session_resumption_on_renegotiation no_sslv2 no_sslv3 no_ticket prioritize_chacha single_dh_use single_ecdh_use tls_d5_bug
		tls_rollback_bug tlsext_padding`)
}

// setCiphers takes the cipher suites of TLS 1.2 that are named in OpenSSL's way. Words for classes of suites leave the choice as it is.
func (ctx *context) setCiphers(_ *bind.Call, cfg *lua.LTable) error {
	text, ok := cfg.RawGetString("ciphers").(lua.LString)
	if !ok {
		return nil
	}
	byName := map[string]uint16{}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		byName[opensslName(suite.Name)] = suite.ID
	}
	classes := strings.Fields("ALL DEFAULT HIGH MEDIUM COMPLEMENTOFALL ECDHE EECDH ECDSA RSA AES AESGCM AES128 AES256 CHACHA20 kEECDH kECDHE SUITEB128")
	found := false
	for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ':' || r == ',' || r == ' ' }) {
		if id, ok := byName[word]; ok {
			ctx.config.CipherSuites = append(ctx.config.CipherSuites, id)
			found = true
			continue
		}
		first, _, _ := strings.Cut(word, "+")
		for _, class := range classes {
			found = found || first == class
		}
	}
	if !found {
		return errors.New("error setting cipher list (no cipher match)")
	}
	return nil
}

// setCurves takes the curves for the exchange of keys.
func (ctx *context) setCurves(_ *bind.Call, cfg *lua.LTable) error {
	known := map[string]tls.CurveID{"X25519": tls.X25519, "P-256": tls.CurveP256, "prime256v1": tls.CurveP256,
		"P-384": tls.CurveP384, "secp384r1": tls.CurveP384, "P-521": tls.CurveP521, "secp521r1": tls.CurveP521}
	if name, ok := cfg.RawGetString("curve").(lua.LString); ok {
		id, ok := known[string(name)]
		if !ok {
			return fmt.Errorf("elliptic curve '%s' not supported", string(name))
		}
		ctx.config.CurvePreferences = []tls.CurveID{id}
	}
	if names, ok := cfg.RawGetString("curveslist").(lua.LString); ok {
		var ids []tls.CurveID
		for name := range strings.SplitSeq(string(names), ":") {
			id, ok := known[name]
			if !ok {
				return fmt.Errorf("unknown elliptic curve in '%s'", string(names))
			}
			ids = append(ids, id)
		}
		ctx.config.CurvePreferences = ids
	}
	return nil
}

// setALPN takes the application protocols to offer or accept (RFC 7301).
func (ctx *context) setALPN(cfg *lua.LTable) error {
	v := cfg.RawGetString("alpn")
	if fn, ok := v.(*lua.LFunction); ok && ctx.server {
		ctx.choose = fn
		return nil
	}
	if !lua.LVAsBool(v) {
		return nil
	}
	_, isTable := v.(*lua.LTable)
	if _, isText := v.(lua.LString); !isTable && (!isText || ctx.server) {
		return errors.New("invalid ALPN parameter")
	}
	names := list(cfg, "alpn")
	if len(names) == 0 {
		return errors.New("invalid ALPN list (empty)")
	}
	for _, name := range names {
		if name == "" {
			return errors.New("invalid ALPN name (empty string)")
		} else if len(name) > 255 {
			return errors.New("invalid ALPN name (length > 255)")
		}
	}
	if ctx.server {
		ctx.accepts = names
	} else {
		ctx.config.NextProtos = names
	}
	return nil
}

// opensslName returns OpenSSL's name of a cipher suite: those of TLS 1.3 have the standard's.
func opensslName(name string) string {
	exchange, cipher, ok := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	if !ok {
		return name
	}
	cipher = strings.NewReplacer("AES_128_GCM", "AES128-GCM", "AES_256_GCM", "AES256-GCM", "AES_128_CBC", "AES128", "AES_256_CBC", "AES256",
		"CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "3DES_EDE_CBC", "DES-CBC3", "RC4_128", "RC4").Replace(cipher)
	cipher = strings.ReplaceAll(cipher, "_", "-")
	if exchange == "RSA" {
		return cipher
	}
	return strings.ReplaceAll(exchange, "_", "-") + "-" + cipher
}

// An aspect is one thing that info tells.
type aspect struct {
	name  string
	value any
}

// aspects describes a connection's cipher suite.
func aspects(state tls.ConnectionState) []aspect {
	suite := tls.CipherSuiteName(state.CipherSuite)
	bits := 256
	if strings.Contains(suite, "128") && !strings.Contains(suite, "POLY1305") {
		bits = 128
	}
	encryption, mac := fmt.Sprintf("AES(%d)", bits), "SHA1"
	switch {
	case strings.Contains(suite, "GCM"):
		encryption, mac = fmt.Sprintf("AESGCM(%d)", bits), "AEAD"
	case strings.Contains(suite, "POLY1305"):
		encryption, mac = "CHACHA20/POLY1305(256)", "AEAD"
	case strings.HasSuffix(suite, "SHA256"):
		mac = "SHA256"
	}
	key, auth := "any", "any"
	switch {
	case strings.Contains(suite, "ECDHE_ECDSA"):
		key, auth = "ECDH", "ECDSA"
	case strings.Contains(suite, "ECDHE_RSA"):
		key, auth = "ECDH", "RSA"
	case strings.Contains(suite, "RSA_WITH"):
		key, auth = "RSA", "RSA"
	}
	protocol := strings.ReplaceAll(tls.VersionName(state.Version), "TLS ", "TLSv")
	if state.Version == tls.VersionTLS10 {
		protocol = "TLSv1"
	}
	return []aspect{{"algbits", bits}, {"authentication", auth}, {"bits", bits}, {"cipher", opensslName(suite)}, {"encryption", encryption},
		{"export", false}, {"key", key}, {"mac", mac}, {"protocol", protocol}}
}

// words says in OpenSSL's words why a handshake failed.
func words(err error) string {
	var op *net.OpError
	var bad *verifyError
	switch {
	case errors.As(err, &bad):
		return "certificate verify failed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case errors.As(err, &op) && op.Op == "remote error":
		if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
			return alertName(uint8(v.Uint()))
		}
	}
	return socket.Message(plainError(err))
}

// alertName is OpenSSL's name of an alert of the peer (RFC 8446 6).
func alertName(code uint8) string {
	names := map[uint8]string{40: "sslv3 alert handshake failure", 42: "sslv3 alert bad certificate", 43: "sslv3 alert unsupported certificate",
		44: "sslv3 alert certificate revoked", 45: "sslv3 alert certificate expired", 46: "sslv3 alert certificate unknown",
		47: "sslv3 alert illegal parameter", 48: "tlsv1 alert unknown ca", 50: "tlsv1 alert decode error", 51: "tlsv1 alert decrypt error",
		70: "tlsv1 alert protocol version", 71: "tlsv1 alert insufficient security", 80: "tlsv1 alert internal error",
		112: "tlsv1 unrecognized name", 116: "tlsv13 alert certificate required", 120: "tlsv1 alert no application protocol"}
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("tlsv1 alert %d", code)
}

// flaw says in OpenSSL's words what is wrong with a chain of certificates.
func flaw(err error, leaf *x509.Certificate) string {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired"
	case errors.As(err, &x509.UnknownAuthorityError{}) && leaf.CheckSignatureFrom(leaf) == nil:
		return "self-signed certificate"
	case errors.As(err, &x509.UnknownAuthorityError{}):
		return "unable to get local issuer certificate"
	}
	return err.Error()
}
