package ssh

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"io"
	"math/big"
	"slices"

	"golang.org/x/crypto/ssh"
)

// An identity is what a side needs for key exchanges: a server its key, a client how to check one.
type identity struct {
	signer ssh.Signer
	check  func(key ssh.PublicKey) error
}

// kexInit returns our side's offer.
func (t *transport) kexInit() (*kexInitMsg, error) {
	hostKeys := []string{ssh.KeyAlgoED25519}
	if !t.server {
		hostKeys = append(hostKeys, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
	}
	ciphers := []string{"aes128-gcm@openssh.com", "aes256-gcm@openssh.com"}
	macs, none := []string{"hmac-sha2-256"}, []string{"none"} // AES-GCM needs no MAC, but some side may want to see one
	m := &kexInitMsg{Kex: []string{"curve25519-sha256", "curve25519-sha256@libssh.org"}, HostKeys: hostKeys, CiphersOut: ciphers, CiphersIn: ciphers,
		MACsOut: macs, MACsIn: macs, CompressionOut: none, CompressionIn: none}
	_, err := io.ReadFull(t.rand, m.Cookie[:])
	return m, err
}

// choose returns the first of the client's that the server has (RFC 4253 7.1).
func choose(what string, client, server []string) (string, error) {
	for _, name := range client {
		if slices.Contains(server, name) {
			return name, nil
		}
	}
	return "", protocolError("no common %s: one side has %.200q, the other %.200q", what, client, server)
}

// algorithms are what was agreed on.
type algorithms struct{ kex, hostKey, out, in string } // out: from client to server

func negotiate(client, server *kexInitMsg) (a algorithms, err error) {
	if a.kex, err = choose("key exchange", client.Kex, server.Kex); err != nil {
		return a, err
	}
	if a.hostKey, err = choose("kind of host key", client.HostKeys, server.HostKeys); err != nil {
		return a, err
	}
	if a.out, err = choose("cipher", client.CiphersOut, server.CiphersOut); err != nil {
		return a, err
	}
	a.in, err = choose("cipher", client.CiphersIn, server.CiphersIn)
	return a, err
}

// exchange is a key exchange (RFC 4253 7, RFC 8731); theirs is their KEXINIT, or nil if it has yet to come.
func (t *transport) exchange(theirs []byte) error {
	offer, err := t.kexInit()
	if err != nil {
		return err
	}
	ours := ssh.Marshal(offer)
	if err := t.write(ours); err != nil {
		return err
	}
	if theirs == nil {
		p, err := t.wait(msgKexInit)
		if err != nil {
			return err
		}
		theirs = append([]byte(nil), p...)
	}
	var m kexInitMsg
	if err := parse(theirs, &m); err != nil {
		return err
	}
	client, server, ic, is, vc, vs := offer, &m, ours, theirs, t.ours, t.theirs
	if t.server {
		client, server, ic, is, vc, vs = &m, offer, theirs, ours, t.theirs, t.ours
	}
	t.informed = t.informed || slices.Contains(m.Kex, "ext-info-c")
	a, err := negotiate(client, server)
	if err != nil {
		return err
	}
	if m.FirstPacketFollows && (m.Kex[0] != offer.Kex[0] || m.HostKeys[0] != offer.HostKeys[0]) { // a guess that was wrong
		if _, err := t.readAny(); err != nil {
			return wrapped("key exchange", err)
		}
	}
	var start bytes.Buffer
	for _, s := range []string{vc, vs, string(ic), string(is)} {
		putString(&start, []byte(s))
	}
	k, h, err := t.agree(a, start.Bytes())
	if err != nil {
		return err
	}
	if t.session == nil {
		t.session = h
	}
	return t.newKeys(a, k, h)
}

// wait takes the next packet, which must have that number.
func (t *transport) wait(number byte) ([]byte, error) {
	for {
		p, err := t.readAny()
		switch {
		case err != nil:
			return nil, wrapped("key exchange", err)
		case p[0] == number:
			return p, nil
		case p[0] == msgDisconnect:
			return nil, disconnected(p)
		case p[0] != msgIgnore && p[0] != msgDebug:
			return nil, protocolError("%s in place of %s", messageName(p[0]), messageName(number))
		}
	}
}

func putString(b *bytes.Buffer, s []byte) { b.Write(ssh.Marshal(struct{ S []byte }{s})) }

// agree does the Diffie-Hellman exchange: it returns the secret, as an mpint, and the hash of it all. start is the beginning of what is hashed.
func (t *transport) agree(a algorithms, start []byte) (k, h []byte, err error) {
	private, err := ecdh.X25519().GenerateKey(t.rand)
	if err != nil {
		return nil, nil, err
	}
	ours := private.PublicKey().Bytes()
	hash := func(hostKey, qc, qs, secret []byte) []byte {
		all := bytes.NewBuffer(start)
		for _, s := range [][]byte{hostKey, qc, qs} {
			putString(all, s)
		}
		k = ssh.Marshal(struct{ K *big.Int }{new(big.Int).SetBytes(secret)})
		all.Write(k)
		sum := sha256.Sum256(all.Bytes())
		return sum[:]
	}
	if t.server {
		p, err := t.wait(msgKexECDHInit)
		if err != nil {
			return nil, nil, err
		}
		var m ecdhInitMsg
		if err := parse(p, &m); err != nil {
			return nil, nil, err
		}
		secret, err := shared(private, m.Public)
		if err != nil {
			return nil, nil, err
		}
		hostKey := t.identity.signer.PublicKey().Marshal()
		h = hash(hostKey, m.Public, ours, secret)
		signature, err := t.identity.signer.Sign(t.rand, h)
		if err != nil {
			return nil, nil, err
		}
		return k, h, t.send(&ecdhReplyMsg{hostKey, ours, ssh.Marshal(signature)})
	}
	if err := t.send(&ecdhInitMsg{ours}); err != nil {
		return nil, nil, err
	}
	p, err := t.wait(msgKexECDHReply)
	if err != nil {
		return nil, nil, err
	}
	var m ecdhReplyMsg
	if err := parse(append([]byte(nil), p...), &m); err != nil { // the key outlives the packet
		return nil, nil, err
	}
	secret, err := shared(private, m.Public)
	if err != nil {
		return nil, nil, err
	}
	h = hash(m.HostKey, ours, m.Public, secret)
	return k, h, t.verify(a, &m, h)
}

// shared is the secret that both sides know.
func shared(private *ecdh.PrivateKey, theirs []byte) ([]byte, error) {
	public, err := ecdh.X25519().NewPublicKey(theirs)
	if err == nil {
		var secret []byte
		if secret, err = private.ECDH(public); err == nil { // refuses a secret of zeros (RFC 8731 3)
			return secret, nil
		}
	}
	return nil, protocolError("key exchange: not a key of curve25519")
}

// verify checks that the server has the key that it shows, and that the key is the one it should have.
func (t *transport) verify(a algorithms, m *ecdhReplyMsg, h []byte) error {
	key, err := ssh.ParsePublicKey(m.HostKey)
	if err != nil {
		return protocolError("a host key that nobody can read")
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal(m.Signature, &signature); err != nil || signature.Format != a.hostKey || key.Verify(h, &signature) != nil {
		return protocolError("the server's signature is wrong")
	}
	if t.session != nil {
		return nil // it was checked the first time; a rekeying has the same by the session's hash
	}
	return t.identity.check(key)
}

// newKeys puts the agreed keys in force (RFC 4253 7.2 and 7.3).
func (t *transport) newKeys(a algorithms, k, h []byte) error {
	derive := func(letter byte, n int) []byte {
		first := sha256.Sum256(slices.Concat(k, h, []byte{letter}, t.session))
		return first[:n]
	}
	size := map[string]int{"aes128-gcm@openssh.com": 16, "aes256-gcm@openssh.com": 32}
	out, err := newDirection(derive('C', size[a.out]), derive('A', 12))
	if err != nil {
		return err
	}
	in, err := newDirection(derive('D', size[a.in]), derive('B', 12))
	if err != nil {
		return err
	}
	if t.server {
		out, in = in, out
	}
	if err := t.write([]byte{msgNewKeys}); err != nil {
		return err
	}
	t.out = out
	if _, err := t.wait(msgNewKeys); err != nil {
		return err
	}
	t.in = in
	return nil
}
