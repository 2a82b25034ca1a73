package imap

import (
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// A view is the selected folder as the client knows it: which message has which number, and what it was told of each.
type view struct {
	folder   *maildrop.Folder
	readOnly bool
	messages []known // the message with number 1 first
	modSeq   uint64  // of the folder, up to which everything was told
	flags    maildrop.Flags

	cached    uint32 // UID of the message whose structure is kept
	structure *Structure
}

// A known message is one that has a number in the session.
type known struct {
	uid    uint32
	modSeq uint64 // of the flags that were told
	recent bool
}

// newView selects a folder. In a view that is not read-only messages are recent that no session was told of before.
func newView(f *maildrop.Folder, readOnly bool) *view {
	v := &view{folder: f, readOnly: readOnly, modSeq: f.ModSeq(), flags: f.AllFlags()}
	first := v.takeRecent()
	for _, m := range f.Messages() {
		v.messages = append(v.messages, known{m.UID, m.ModSeq, m.UID >= first})
	}
	return v
}

func (v *view) takeRecent() uint32 {
	if v.readOnly {
		return v.folder.Recent()
	}
	return v.folder.TakeRecent()
}

func (v *view) recent() (n int) {
	for _, m := range v.messages {
		if m.recent {
			n++
		}
	}
	return n
}

// flagsOf returns the flags of a message as they are sent.
func (v *view) flagsOf(k known, m maildrop.Message) string {
	names := v.folder.FlagNames(m.Flags)
	if k.recent {
		names = append(names, `\Recent`)
	}
	return flagList(names)
}

// chosen returns the indices of the messages that a set of numbers or UIDs names, in order. Numbers that no message has are an error,
// UIDs that none has are passed over (RFC 3501 6.4.8).
func (v *view) chosen(set NumSet, uid bool) ([]int, error) {
	n := uint32(len(v.messages))
	largest := n
	if uid {
		largest = 0
		if n > 0 {
			largest = v.messages[n-1].uid
		}
	}
	ranges := set.resolve(largest)
	if !uid && len(ranges) > 0 && ranges[len(ranges)-1].Stop > n {
		return nil, &misplaced{fmt.Sprintf("there are %d messages", n)}
	}
	var out []int
	for i, k := range v.messages {
		number := uint32(i + 1)
		if uid {
			number = k.uid
		}
		if within(ranges, number) {
			out = append(out, i)
		}
	}
	return out, nil
}

func (v *view) uids(indices []int) []uint32 {
	out := make([]uint32, len(indices))
	for i, index := range indices {
		out[i] = v.messages[index].uid
	}
	return out
}

// sync tells the client what has changed in the selected folder. Numbers may change only with expunge (RFC 3501 7.4.1); what is gone
// keeps its number until then.
func (x *session) sync(expunge bool) {
	v := x.view
	if v.folder.ModSeq() == v.modSeq {
		return
	}
	x.charge(messageCost * (len(v.messages) + v.folder.Len()))
	if all := v.folder.AllFlags(); all != v.flags {
		v.flags = all
		x.untagged("FLAGS " + flagList(v.folder.FlagNames(all)))
		x.untagged("OK [PERMANENTFLAGS " + flagList(append(v.folder.FlagNames(all), `\*`)) + "] flags that are kept")
	}
	var now []maildrop.Message
	if !v.folder.Gone() {
		now = v.folder.Messages()
	}
	left, changed := x.compare(now, expunge)
	if grown := now[len(now)-changed.fresh:]; len(grown) > 0 {
		first := v.takeRecent()
		for _, m := range grown {
			v.messages = append(v.messages, known{m.UID, m.ModSeq, m.UID >= first})
		}
		x.untaggedf("%d EXISTS", len(v.messages))
		x.untaggedf("%d RECENT", v.recent())
	}
	for _, c := range changed.flags {
		x.untaggedf("%d FETCH (FLAGS %s UID %d)", c.number, v.flagsOf(v.messages[c.number-1], c.message), c.message.UID)
	}
	if !left {
		v.modSeq = v.folder.ModSeq()
	}
}

// changes are what compare has found.
type changes struct {
	fresh int // so many of the folder's last messages have no number yet
	flags []flagChange
}

type flagChange struct {
	number  int
	message maildrop.Message
}

// compare goes through the messages that the client knows and those that there are, both in the order of their UIDs. It tells of those
// that are gone, if that is allowed, and otherwise reports that some are left.
func (x *session) compare(now []maildrop.Message, expunge bool) (left bool, c changes) {
	v := x.view
	keep := v.messages[:0]
	i := 0
	for _, k := range v.messages {
		for i < len(now) && now[i].UID < k.uid {
			i++
		}
		switch {
		case i < len(now) && now[i].UID == k.uid:
			if now[i].ModSeq > k.modSeq {
				k.modSeq = now[i].ModSeq
				c.flags = append(c.flags, flagChange{len(keep) + 1, now[i]})
			}
			i++
		case expunge:
			x.untaggedf("%d EXPUNGE", len(keep)+1)
			continue
		default:
			left = true
		}
		keep = append(keep, k)
	}
	v.messages = keep
	last := uint32(0)
	if n := len(keep); n > 0 {
		last = keep[n-1].uid
	}
	for ; i < len(now); i++ {
		if now[i].UID > last {
			c.fresh++
		}
	}
	return left, c
}

// close is CLOSE, which removes what is flagged \Deleted without a word, and UNSELECT, which does not.
func (x *session) close(p *parser, remove bool) verdict {
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	v := x.view
	x.view = nil
	if remove && !v.readOnly && !v.folder.Gone() {
		if _, err := v.folder.Expunge(); err != nil {
			return verdict{err: err}
		}
	}
	return ok("completed")
}

// errReadOnly refuses to change a folder that was examined.
var errReadOnly = &refusal{"[READ-ONLY] the folder was selected by EXAMINE"}

// expunge is EXPUNGE, and UID EXPUNGE of a set (RFC 4315 2.1). The answers are those of sync.
func (x *session) expunge(p *parser, uid bool) verdict {
	var set NumSet
	if uid {
		p.sp()
		set = p.sequenceSet()
	}
	p.end()
	switch v := x.view; {
	case p.err != nil:
		return verdict{err: p.err}
	case v.readOnly:
		return verdict{err: errReadOnly}
	case uid:
		indices, _ := v.chosen(set, true)
		var uids []uint32
		for _, u := range v.uids(indices) {
			if m, err := v.folder.Message(u); err == nil && m.Flags&maildrop.Deleted != 0 {
				uids = append(uids, u)
			}
		}
		_, err := v.folder.Remove(uids...)
		return verdict{"UID EXPUNGE completed", err}
	default:
		_, err := v.folder.Expunge()
		return verdict{"EXPUNGE completed", err}
	}
}

// store is STORE and UID STORE (RFC 3501 6.4.6).
func (x *session) store(p *parser, uid bool) verdict {
	p.sp()
	set := p.sequenceSet()
	p.sp()
	op, silent := p.storeAttFlags()
	p.sp()
	names := p.storeFlags()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	v := x.view
	if v.readOnly {
		return verdict{err: errReadOnly}
	}
	indices, err := v.chosen(set, uid)
	if err != nil {
		return verdict{err: err}
	}
	x.charge(20 * messageCost * len(indices))
	flags, err := v.folder.ParseFlags(names)
	if err == nil {
		err = v.folder.SetFlags(op, flags, v.uids(indices)...)
	}
	if err != nil {
		return verdict{err: err} // what was changed nevertheless is told as any change
	}
	for _, i := range indices {
		k := &v.messages[i]
		m, merr := v.folder.Message(k.uid)
		if merr != nil {
			continue
		}
		if !silent {
			x.tellFlags(i, m, uid)
		}
		k.modSeq = m.ModSeq
	}
	return ok("STORE completed")
}

// tellFlags answers with the flags of a message.
func (x *session) tellFlags(i int, m maildrop.Message, uid bool) {
	x.patience()
	text := fmt.Sprintf("%d FETCH (FLAGS %s", i+1, x.view.flagsOf(x.view.messages[i], m))
	if uid {
		text += fmt.Sprintf(" UID %d", m.UID)
	}
	x.untagged(text + ")")
}

// storeAttFlags = (["+" / "-"] "FLAGS" [".SILENT"]), before the flags
func (p *parser) storeAttFlags() (op maildrop.FlagOp, silent bool) {
	switch {
	case p.take('+'):
		op = maildrop.AddFlags
	case p.take('-'):
		op = maildrop.RemoveFlags
	}
	from := p.at
	switch strings.ToUpper(p.atom()) {
	case "FLAGS":
		return op, false
	case "FLAGS.SILENT":
		return op, true
	}
	p.at = from
	p.fail("FLAGS or FLAGS.SILENT")
	return op, false
}

// storeFlags = flag-list / (flag *(SP flag))
func (p *parser) storeFlags() []string {
	if p.peek() == '(' {
		return p.flagList()
	}
	flags := []string{p.flag()}
	for p.take(' ') && len(flags) < maxItems {
		flags = append(flags, p.flag())
	}
	return flags
}

// copy is COPY, and with move MOVE (RFC 3501 6.4.7, RFC 6851).
func (x *session) copy(p *parser, uid, move bool) verdict {
	p.sp()
	set := p.sequenceSet()
	p.sp()
	name := p.mailbox()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	v := x.view
	if move && v.readOnly {
		return verdict{err: errReadOnly}
	}
	indices, err := v.chosen(set, uid)
	if err != nil {
		return verdict{err: err}
	}
	to, err := x.box.Folder(name)
	if err != nil {
		return no("[TRYCREATE] no such folder")
	}
	for _, i := range indices {
		x.chargeMessage(v.messages[i].uid)
	}
	var pairs []maildrop.Pair
	if move {
		pairs, err = v.folder.Move(to, v.uids(indices)...)
	} else {
		pairs, err = v.folder.Copy(to, v.uids(indices)...)
	}
	code := ""
	if len(pairs) > 0 {
		var before, after []uint32
		for _, pair := range pairs {
			before, after = append(before, pair.From), append(after, pair.To)
		}
		code = fmt.Sprintf("[COPYUID %d %s %s] ", to.UIDValidity(), Nums(before...), Nums(after...))
	}
	if move {
		if code != "" {
			x.untagged("OK " + code + "moved")
		}
		return verdict{"MOVE completed", err}
	}
	return verdict{code + "COPY completed", err}
}

// chargeMessage counts the work of reading a message.
func (x *session) chargeMessage(uid uint32) {
	if m, err := x.view.folder.Message(uid); err == nil {
		x.charge(20*messageCost + int(m.Size)/byteCost)
	}
}
