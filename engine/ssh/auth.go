package ssh

import (
	"crypto/subtle"
	"slices"

	"golang.org/x/crypto/ssh"
)

const (
	userAuth   = "ssh-userauth"
	connection = "ssh-connection"
)

// An Account is how a user may log in.
type Account struct {
	Password string          // "" for none
	Keys     []ssh.PublicKey // whose owners may come in
}

// signatures are those of public keys that a server takes: none with SHA-1.
func signatures() []string {
	return []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
}

// signed is what the signature of a public key is over (RFC 4252 7).
func signed(session []byte, user, algorithm string, key []byte) []byte {
	return ssh.Marshal(struct {
		Session   []byte
		Type      byte
		User      string
		Service   string
		Method    string
		HasSig    bool
		Algorithm string
		Key       []byte
	}{session, msgAuthRequest, user, connection, "publickey", true, algorithm, key})
}

// admit lets a client log in (RFC 4252) and returns the user.
func (s *Server) admit(t *transport) (string, error) {
	p, err := t.read()
	if err != nil {
		return "", err
	}
	var service serviceMsg
	if err := parse(p, &service); err != nil {
		return "", err
	}
	if p[0] != msgServiceRequest || service.Name != userAuth {
		return "", protocolError("the login was expected, got %s", messageName(p[0]))
	}
	if err := t.sendNumbered(msgServiceAccept, &service); err != nil {
		return "", err
	}
	for tries := 0; tries < maxTries; {
		p, err := t.read()
		if err != nil {
			return "", err
		}
		var m authRequestMsg
		if err := parse(p, &m); err != nil {
			return "", err
		}
		done, asked, err := s.judge(t, &m)
		switch {
		case err != nil:
			return "", err
		case done:
			return m.User, t.write([]byte{msgAuthSuccess})
		case asked:
			continue
		}
		if m.Method != "none" {
			tries++
		}
		if err := t.send(&authFailureMsg{Methods: []string{"publickey", "password"}}); err != nil {
			return "", err
		}
	}
	t.send(&disconnectMsg{Reason: 14, Text: "too many logins failed"})
	return "", ErrLogin
}

// judge looks at one attempt; asked says that it was only the question whether a key would do, and was answered.
func (s *Server) judge(t *transport, m *authRequestMsg) (done, asked bool, err error) {
	account, known := s.Account(m.User)
	if m.Service != connection {
		return false, false, nil
	}
	switch m.Method {
	case "password":
		var password struct {
			Change   bool
			Password []byte
		}
		if ssh.Unmarshal(m.Rest, &password) != nil || password.Change {
			return false, false, nil
		}
		right := subtle.ConstantTimeCompare(password.Password, []byte(account.Password)) == 1
		return known && account.Password != "" && right, false, nil
	case "publickey":
		var shown struct {
			HasSig    bool
			Algorithm string
			Key       []byte
			Rest      []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(m.Rest, &shown) != nil {
			return false, false, nil
		}
		key, err := ssh.ParsePublicKey(shown.Key)
		if err != nil || !known || !slices.Contains(signatures(), shown.Algorithm) || !slices.ContainsFunc(account.Keys, func(k ssh.PublicKey) bool { return string(k.Marshal()) == string(shown.Key) }) {
			return false, false, nil
		}
		if !shown.HasSig {
			return false, true, t.send(&pubKeyOKMsg{shown.Algorithm, shown.Key})
		}
		var outer struct{ Signature []byte }
		var signature ssh.Signature
		if ssh.Unmarshal(shown.Rest, &outer) != nil || ssh.Unmarshal(outer.Signature, &signature) != nil || signature.Format != shown.Algorithm {
			return false, false, nil
		}
		return key.Verify(signed(t.session, m.User, shown.Algorithm, shown.Key), &signature) == nil, false, nil
	}
	return false, false, nil
}

// login logs a client in, by key if there is one, and by password.
func login(t *transport, o *Options) error {
	if err := t.sendNumbered(msgServiceRequest, &serviceMsg{userAuth}); err != nil {
		return err
	}
	if p, err := t.read(); err != nil {
		return err
	} else if p[0] != msgServiceAccept {
		return protocolError("%s in place of SERVICE_ACCEPT", messageName(p[0]))
	}
	if o.Key != nil {
		public := o.Key.PublicKey()
		signature, algorithm, err := sign(o.Key, func(algorithm string) []byte { return signed(t.session, o.User, algorithm, public.Marshal()) })
		if err != nil {
			return err
		}
		rest := ssh.Marshal(struct {
			HasSig    bool
			Algorithm string
			Key       []byte
			Signature []byte
		}{true, algorithm, public.Marshal(), ssh.Marshal(signature)})
		if ok, err := attempt(t, &authRequestMsg{o.User, connection, "publickey", rest}); ok || err != nil {
			return err
		}
	}
	rest := ssh.Marshal(struct {
		Change   bool
		Password string
	}{false, o.Password})
	ok, err := attempt(t, &authRequestMsg{o.User, connection, "password", rest})
	if err == nil && !ok {
		err = ErrLogin
	}
	return err
}

// sign signs what is made for an algorithm: with the key's own, or for an RSA key, whose own is of the time of SHA-1, with rsa-sha2-256 (RFC 8332).
// Without a source of random bytes the same signature comes each time.
func sign(key ssh.Signer, text func(algorithm string) []byte) (*ssh.Signature, string, error) {
	algorithm := key.PublicKey().Type()
	if rsa, ok := key.(ssh.AlgorithmSigner); ok && algorithm == ssh.KeyAlgoRSA {
		algorithm = ssh.KeyAlgoRSASHA256
		signature, err := rsa.SignWithAlgorithm(nil, text(algorithm), algorithm)
		return signature, algorithm, err
	}
	signature, err := key.Sign(nil, text(algorithm))
	return signature, algorithm, err
}

func attempt(t *transport, m *authRequestMsg) (ok bool, err error) {
	if err := t.send(m); err != nil {
		return false, err
	}
	for {
		p, err := t.read()
		if err != nil {
			return false, err
		}
		switch p[0] {
		case msgAuthBanner:
		case msgAuthSuccess:
			return true, nil
		case msgAuthFailure:
			return false, nil
		default:
			return false, protocolError("%s in answer to a login", messageName(p[0]))
		}
	}
}
