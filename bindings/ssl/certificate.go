package ssl

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

// A certificate is one of the peer's.
type certificate struct{ *x509.Certificate }

func (x *certificate) className() string { return "X509 certificate" }

type peerArgs struct {
	Index float64 `doc:"1 is the peer's own, then those of the authorities it sent" default:"1"`
}

func (k *conn) peerCertificate(c *bind.Call, a peerArgs) bind.Out {
	if a.Index < 1 {
		return c.Return(nil, "invalid certificate index")
	}
	if !k.secured.ready {
		return c.Return(nil, "closed")
	}
	chain := k.secured.tls.ConnectionState().PeerCertificates
	if int(a.Index) > len(chain) {
		return c.Return(nil)
	}
	return c.Return(&certificate{chain[int(a.Index)-1]})
}

func (k *conn) peerChain(c *bind.Call, _ bind.None) bind.Out {
	if !k.secured.ready {
		return c.Return(nil, "closed")
	}
	chain := c.L.NewTable()
	for _, x := range k.secured.tls.ConnectionState().PeerCertificates {
		chain.Append(c.Value(&certificate{x}))
	}
	return c.Return(chain)
}

func (x *certificate) subject(c *bind.Call, _ bind.None) (*lua.LTable, error) {
	return names(c, x.Subject), nil
}

func (x *certificate) issuer(c *bind.Call, _ bind.None) (*lua.LTable, error) {
	return names(c, x.Issuer), nil
}

// names lists the attributes of a distinguished name in their order.
func names(c *bind.Call, name pkix.Name) *lua.LTable {
	long := map[string]string{"2.5.4.3": "commonName", "2.5.4.5": "serialNumber", "2.5.4.6": "countryName", "2.5.4.7": "localityName",
		"2.5.4.8": "stateOrProvinceName", "2.5.4.9": "streetAddress", "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName",
		"2.5.4.17": "postalCode", "1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.25": "domainComponent"}
	out := c.L.NewTable()
	for _, attribute := range name.Names {
		entry := c.L.NewTable()
		oid := attribute.Type.String()
		label, known := long[oid]
		if !known {
			label = oid
		}
		entry.RawSetString("name", lua.LString(label))
		entry.RawSetString("oid", lua.LString(oid))
		entry.RawSetString("value", lua.LString(fmt.Sprint(attribute.Value)))
		out.Append(entry)
	}
	return out
}

// stamp writes a time as OpenSSL does.
func stamp(t time.Time) string { return t.UTC().Format("Jan _2 15:04:05 2006") + " GMT" }

func (x *certificate) notBefore(*bind.Call, bind.None) (string, error) {
	return stamp(x.NotBefore), nil
}

func (x *certificate) notAfter(*bind.Call, bind.None) (string, error) { return stamp(x.NotAfter), nil }

func (x *certificate) serial(*bind.Call, bind.None) (string, error) {
	return strings.ToUpper(hex.EncodeToString(x.SerialNumber.Bytes())), nil
}

type digestArgs struct {
	Algorithm string `doc:"\"sha1\", \"sha256\" or \"sha512\"" default:"sha1"`
}

func (x *certificate) digest(c *bind.Call, a digestArgs) bind.Out {
	switch strings.ToLower(a.Algorithm) {
	case "sha1":
		sum := sha1.Sum(x.Raw)
		return c.Return(hex.EncodeToString(sum[:]))
	case "sha256":
		sum := sha256.Sum256(x.Raw)
		return c.Return(hex.EncodeToString(sum[:]))
	case "sha512":
		sum := sha512.Sum512(x.Raw)
		return c.Return(hex.EncodeToString(sum[:]))
	}
	return c.Return(nil, "digest algorithm not supported ("+a.Algorithm+")")
}

func (x *certificate) pem(*bind.Call, bind.None) (string, error) {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Raw})), nil
}

func (x *certificate) signatureName(*bind.Call, bind.None) (string, error) {
	if x.SignatureAlgorithm == x509.PureEd25519 {
		return "ED25519", nil
	}
	return x.SignatureAlgorithm.String(), nil
}

type validArgs struct {
	Time  float64  `doc:"seconds since 1970"`
	Until *float64 `name:"last" doc:"the end of a span that has to be within too"`
}

func (x *certificate) validAt(_ *bind.Call, a validArgs) (bool, error) {
	inside := func(seconds float64) bool {
		t := time.Unix(int64(seconds), 0)
		return !t.Before(x.NotBefore) && !t.After(x.NotAfter)
	}
	return inside(a.Time) && (a.Until == nil || inside(*a.Until)), nil
}

type issuedArgs struct {
	Subject *certificate `doc:"the other certificate"`
}

func (x *certificate) issued(_ *bind.Call, a issuedArgs) (bool, error) {
	return a.Subject.CheckSignatureFrom(x.Certificate) == nil, nil
}

// extensions gives the names for which the certificate is (RFC 5280 4.2.1.6).
func (x *certificate) extensions(c *bind.Call, _ bind.None) (*lua.LTable, error) {
	out := c.L.NewTable()
	if len(x.DNSNames)+len(x.IPAddresses)+len(x.EmailAddresses) == 0 {
		return out, nil
	}
	alternative := c.L.NewTable()
	alternative.RawSetString("name", lua.LString("X509v3 Subject Alternative Name"))
	add := func(kind string, values []string) {
		if len(values) > 0 {
			alternative.RawSetString(kind, c.Value(values))
		}
	}
	var addresses []string
	for _, ip := range x.IPAddresses {
		addresses = append(addresses, ip.String())
	}
	add("dNSName", x.DNSNames)
	add("iPAddress", addresses)
	add("rfc822Name", x.EmailAddresses)
	out.RawSetString("2.5.29.17", alternative)
	return out, nil
}
