package dns

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"
)

// fudge is by how many seconds clocks may differ (RFC 8945 10).
const fudge = 300

// A Key is a secret that two sides share to sign messages with (TSIG, RFC 8945).
type Key struct {
	Name      string // a domain name
	Algorithm string // hmac-sha256, hmac-sha1, hmac-sha224, hmac-sha384 or hmac-sha512
	Secret    []byte
}

// NewKey returns a key whose secret is given in base 64. The default algorithm is hmac-sha256.
func NewKey(name, algorithm, secret string) (*Key, error) {
	name, err := Fqdn(name)
	if err != nil {
		return nil, err
	}
	k := &Key{Name: name, Algorithm: strings.ToLower(strings.TrimSuffix(algorithm, "."))}
	if k.Algorithm == "" {
		k.Algorithm = "hmac-sha256"
	}
	if k.hash() == nil {
		return nil, &Error{Op: "key", Name: name, Rcode: miekg.RcodeNotImplemented, Text: fmt.Sprintf("algorithm %s is not known", cut(algorithm))}
	}
	if k.Secret, err = base64.StdEncoding.DecodeString(secret); err != nil || len(k.Secret) == 0 {
		return nil, &Error{Op: "key", Name: name, Rcode: miekg.RcodeBadKey, Text: "the secret is not base 64"}
	}
	return k, nil
}

// hash returns the key's algorithm, or nil if it is not known.
func (k *Key) hash() func() hash.Hash {
	switch k.Algorithm {
	case "hmac-sha1":
		return sha1.New
	case "hmac-sha224":
		return sha256.New224
	case "hmac-sha256":
		return sha256.New
	case "hmac-sha384":
		return sha512.New384
	case "hmac-sha512":
		return sha512.New
	}
	return nil
}

// size is how many bytes a signature with the key adds to a message at most.
func (k *Key) size() int {
	return len(k.Name) + 1 + 10 + len(k.Algorithm) + 2 + 16 + k.hash()().Size() + 6
}

// find returns the key of a name and algorithm, or nil.
func find(keys []*Key, t *miekg.TSIG) *Key {
	i := slices.IndexFunc(keys, func(k *Key) bool {
		return strings.EqualFold(k.Name, t.Hdr.Name) && strings.EqualFold(k.Algorithm+".", t.Algorithm)
	})
	if i < 0 {
		return nil
	}
	return keys[i]
}

// A digest is what a signature is made over (RFC 8945 4.3).
type digest struct {
	prior   []byte   // the MAC of the request, or of the message before
	earlier [][]byte // messages of a stream since that one, which were not signed
	message []byte   // without its TSIG
	timers  bool     // a message of a stream but the first: only the timers of the TSIG (RFC 8945 5.3.1)
}

// mac computes the code of a message with the TSIG record t, whose own MAC does not count.
func (k *Key) mac(d digest, t *miekg.TSIG) []byte {
	h := hmac.New(k.hash(), k.Secret)
	if d.prior != nil {
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(d.prior))))
		h.Write(d.prior)
	}
	for _, m := range d.earlier {
		h.Write(m)
	}
	h.Write(binary.BigEndian.AppendUint16(nil, t.OrigId))
	h.Write(d.message[2:])
	times := binary.BigEndian.AppendUint64(nil, t.TimeSigned)[2:]
	times = binary.BigEndian.AppendUint16(times, t.Fudge)
	if d.timers {
		h.Write(times)
		return h.Sum(nil)
	}
	name, _ := keyOf(t.Hdr.Name)
	algorithm, _ := keyOf(t.Algorithm)
	b := append([]byte(name), 0, miekg.ClassANY, 0, 0, 0, 0)
	b = append(append(b, algorithm...), times...)
	b = binary.BigEndian.AppendUint16(b, t.Error)
	other, _ := hex.DecodeString(t.OtherData)
	b = binary.BigEndian.AppendUint16(b, uint16(len(other)))
	h.Write(append(b, other...))
	return h.Sum(nil)
}

// stub returns a TSIG record without its code.
func (k *Key) stub(id uint16, now time.Time) *miekg.TSIG {
	return &miekg.TSIG{Hdr: miekg.RR_Header{Name: k.Name, Rrtype: miekg.TypeTSIG, Class: miekg.ClassANY}, Algorithm: k.Algorithm + ".",
		TimeSigned: uint64(now.Unix()), Fudge: fudge, OrigId: id}
}

// sign appends a TSIG record to a packed message and returns it with the code. t is completed.
func (k *Key) sign(d digest, t *miekg.TSIG) ([]byte, []byte) {
	mac := k.mac(d, t)
	t.MAC, t.MACSize = hex.EncodeToString(mac), uint16(len(mac))
	return attach(d.message, t), mac
}

// attach appends a TSIG record to a packed message.
func attach(message []byte, t *miekg.TSIG) []byte {
	out := append(make([]byte, 0, len(message)+miekg.Len(t)), message...)
	n, err := miekg.PackRR(t, out[:cap(out)], len(out), nil, false)
	if err != nil {
		return message
	}
	out = out[:n]
	binary.BigEndian.PutUint16(out[10:], binary.BigEndian.Uint16(out[10:])+1)
	return out
}

// strip takes the TSIG record off a message that Unpack took. It returns the message without it and the record, nil if there is none; it
// fails if there is one that is not the last record, or no message.
func strip(raw []byte) ([]byte, *miekg.TSIG, error) {
	broken := &Error{Op: "tsig", Text: "the TSIG record is broken, or not the last one"}
	if len(raw) < 12 {
		return nil, nil, broken
	}
	off := 12
	for range binary.BigEndian.Uint16(raw[4:]) {
		if off = skipName(raw, off) + 4; off > len(raw) {
			return nil, nil, broken
		}
	}
	records := 0
	for i := 6; i < 12; i += 2 {
		records += int(binary.BigEndian.Uint16(raw[i:]))
	}
	for i := range records {
		start := off
		if off = skipName(raw, off) + 10; off > len(raw) {
			return nil, nil, broken
		}
		typ := binary.BigEndian.Uint16(raw[off-10:])
		if off += int(binary.BigEndian.Uint16(raw[off-2:])); off > len(raw) {
			return nil, nil, broken
		}
		if typ != miekg.TypeTSIG {
			continue
		}
		rr, _, err := miekg.UnpackRR(raw, start)
		t, ok := rr.(*miekg.TSIG)
		if err != nil || !ok || t.Algorithm == "" || t.Hdr.Class != miekg.ClassANY || i != records-1 || binary.BigEndian.Uint16(raw[10:]) == 0 {
			return nil, nil, broken
		}
		out := append([]byte(nil), raw[:start]...)
		binary.BigEndian.PutUint16(out[10:], binary.BigEndian.Uint16(out[10:])-1)
		return out, t, nil
	}
	return raw, nil, nil
}

// skipName returns where the name at off ends, or more than len(raw).
func skipName(raw []byte, off int) int {
	for off < len(raw) {
		switch c := raw[off]; {
		case c == 0:
			return off + 1
		case c >= 0xc0:
			return off + 2
		default:
			off += 1 + int(c)
		}
	}
	return len(raw) + 1
}

// check verifies a code (RFC 8945 5.2). It returns 0, or the error for a TSIG record: BADSIG, BADTRUNC, BADTIME.
func (k *Key) check(d digest, t *miekg.TSIG, now time.Time) uint16 {
	got, err := hex.DecodeString(t.MAC)
	want := k.mac(d, t)
	switch {
	case err != nil || len(got) > len(want):
		return miekg.RcodeBadSig
	case len(got) < len(want):
		return miekg.RcodeBadTrunc
	case !hmac.Equal(got, want):
		return miekg.RcodeBadSig
	}
	ago := now.Unix() - int64(t.TimeSigned)
	if ago < -int64(t.Fudge) || ago > int64(t.Fudge) {
		return miekg.RcodeBadTime
	}
	return 0
}

// A stream verifies the messages of a reply in which not every one need be signed: the first and the last must, and one of 100 (RFC 8945
// 5.3.1).
type stream struct {
	key     *Key
	prior   []byte
	earlier [][]byte
	first   bool // one was verified already
	pending int  // messages since the last signed one
}

// verify takes the next message and returns it without its TSIG.
func (s *stream) verify(raw []byte, now time.Time) ([]byte, error) {
	if s.key == nil {
		return raw, nil
	}
	m, t, err := strip(raw)
	if err != nil {
		return nil, err
	}
	if t == nil {
		if s.pending++; !s.first || s.pending >= 100 {
			return nil, &Error{Op: "tsig", Name: s.key.Name, Rcode: miekg.RcodeBadSig, Text: "the reply is not signed"}
		}
		s.earlier = append(s.earlier, m)
		return m, nil
	}
	if t.Error != 0 && t.Error != miekg.RcodeBadTime {
		return nil, &Error{Op: "tsig", Name: s.key.Name, Rcode: int(t.Error), Text: "the server does not take the signature"}
	}
	if find([]*Key{s.key}, t) == nil {
		return nil, &Error{Op: "tsig", Name: s.key.Name, Rcode: miekg.RcodeBadKey, Text: "the reply is signed with another key"}
	}
	d := digest{prior: s.prior, earlier: s.earlier, message: m, timers: s.first}
	if rcode := s.key.check(d, t, now); rcode != 0 {
		return nil, &Error{Op: "tsig", Name: s.key.Name, Rcode: int(rcode), Text: "the reply's signature is wrong"}
	}
	if t.Error != 0 {
		return nil, &Error{Op: "tsig", Name: s.key.Name, Rcode: int(t.Error), Text: "the clocks differ too much"}
	}
	s.prior, _ = hex.DecodeString(t.MAC)
	s.earlier, s.first, s.pending = nil, true, 0
	return m, nil
}

// complete fails if the stream ended with a message that was not signed.
func (s *stream) complete() error {
	if s.key != nil && s.pending > 0 {
		return &Error{Op: "tsig", Name: s.key.Name, Rcode: miekg.RcodeBadSig, Text: "the last message is not signed"}
	}
	return nil
}
