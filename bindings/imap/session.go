package imap

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/imap"
)

// Session is a session of Lua.
type Session struct{ client *imap.Client }

// Held implements lua51.Holder.
func (s *Session) Held(_ func(lua.LValue), weigh func(int64)) { weigh(s.client.Memory()) }

// use returns the client for a command, which costs fuel.
func (s *Session) use(c *call) *imap.Client {
	c.Charge(300)
	return s.client
}

// failures, logins, folders and messages are the codes with which commands fail.
var (
	failures = []string{"failed", "timeout", "closed", "reset", "protocol"}
	logins   = append([]string{"denied"}, failures...)
	folders  = append([]string{"not-found", "invalid", "exists", "limit"}, failures...)
	messages = append([]string{"not-found", "invalid", "in-use", "limit", "too-long"}, failures...)
)

type (
	call = bind.Call
	none = bind.None
)

func sessionClass() bind.Member {
	return bind.Class("Session", "A session with a server. Each method is a command; a refusal is an error, after which the session goes on. Messages are named by number, by a set such as "+
		"\"1,3:*\", or by an array of numbers; with the option uid all numbers are UIDs.",
		bind.Method("greeting", "What the server said first.", func(s *Session, c *call, _ none) (string, error) { return s.use(c).Greeting, nil }),
		bind.Method("capability", "CAPABILITY: what the server can do.", func(s *Session, c *call, _ none) ([]string, error) { return s.use(c).Capability() }).
			Returns("capabilities", "one word each, such as \"IDLE\"").Errors(failures...),
		bind.Method("has", "Whether the server can do something.", func(s *Session, c *call, a hasArgs) (bool, error) { return s.use(c).Has(a.Capability), nil }),
		bind.MethodProc("login", "LOGIN: say who it is and show the password.", func(s *Session, c *call, a loginArgs) error { return s.use(c).Login(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("plain", "AUTHENTICATE PLAIN: the same in another form.", func(s *Session, c *call, a loginArgs) error { return s.use(c).Plain(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("cram_md5", "AUTHENTICATE CRAM-MD5: prove to know the password without showing it.", func(s *Session, c *call, a loginArgs) error { return s.use(c).CRAMMD5(a.User, a.Password) }).Errors(logins...),
		bind.MethodProc("starttls", "STARTTLS: put the connection under TLS.", func(s *Session, c *call, _ none) error { return s.use(c).StartTLS() }).Errors(failures...),

		bind.Method("select", "SELECT: open a folder for reading and changing.", func(s *Session, c *call, a nameArgs) (*Selected, error) { return selected(s.use(c).Select(a.Name)) }).
			Returns("folder", "what the server says of it").Errors(folders...),
		bind.Method("examine", "EXAMINE: open a folder for reading.", func(s *Session, c *call, a nameArgs) (*Selected, error) { return selected(s.use(c).Examine(a.Name)) }).
			Returns("folder", "what the server says of it").Errors(folders...),
		bind.Method("selected", "The selected folder as the server has described it so far.", (*Session).current).Returns("folder", "nil if none is selected"),
		bind.MethodProc("close", "CLOSE: remove what is flagged \\Deleted and leave the selected folder.", func(s *Session, c *call, _ none) error { return s.use(c).Close() }).Errors(folders...),
		bind.MethodProc("unselect", "UNSELECT: leave the selected folder as it is.", func(s *Session, c *call, _ none) error { return s.use(c).Unselect() }).Errors(folders...),

		bind.MethodProc("create", "CREATE: make a folder; a slash separates levels.", func(s *Session, c *call, a nameArgs) error { return s.use(c).Create(a.Name) }).Errors(folders...),
		bind.MethodProc("delete", "DELETE: remove a folder with its messages.", func(s *Session, c *call, a nameArgs) error { return s.use(c).Delete(a.Name) }).Errors(folders...),
		bind.MethodProc("rename", "RENAME: give a folder, and those below it, another name.", func(s *Session, c *call, a renameArgs) error { return s.use(c).Rename(a.From, a.To) }).Errors(folders...),
		bind.MethodProc("subscribe", "SUBSCRIBE: put a folder on the list that lsub gives.", func(s *Session, c *call, a nameArgs) error { return s.use(c).Subscribe(a.Name) }).Errors(folders...),
		bind.MethodProc("unsubscribe", "UNSUBSCRIBE: take it off.", func(s *Session, c *call, a nameArgs) error { return s.use(c).Unsubscribe(a.Name) }).Errors(folders...),
		bind.Method("list", "LIST: the folders whose names match a pattern: * stands for anything, % for anything within one level.",
			func(s *Session, c *call, a listArgs) ([]Listed, error) {
				return listed(s.use(c).List(a.Reference, a.Pattern))
			}).
			Returns("folders", "one table each: name, separator, attributes").Errors(failures...),
		bind.Method("lsub", "LSUB: the same of those that were subscribed to.", func(s *Session, c *call, a listArgs) ([]Listed, error) {
			return listed(s.use(c).Lsub(a.Reference, a.Pattern))
		}).
			Returns("folders", "one table each: name, separator, attributes").Errors(failures...),
		bind.Method("status", "STATUS: numbers of a folder that need not be selected.", (*Session).status).Returns("status", "what the server says").Errors(folders...),

		bind.Method("append", "APPEND: put a message into a folder.", (*Session).append).Returns("uid", "of the message, 0 if the server does not say it").Errors(messages...),
		bind.Method("fetch", "FETCH: what the server has of messages.", (*Session).fetch).
			Returns("messages", "one table each: number and, where asked for, uid, flags, size, date, envelope, structure, and sections by their names, such as \"BODY[TEXT]\"").Errors(messages...),
		bind.Method("search", "SEARCH: the messages that fulfil criteria, such as UNSEEN FROM \"alice\".", (*Session).search).Returns("numbers", "of the messages, or with uid their UIDs").Errors(messages...),
		bind.Method("store", "STORE: change flags.", (*Session).store).Returns("messages", "the changed ones: number, flags").Errors(messages...),
		bind.Method("copy", "COPY: copy messages to another folder.", func(s *Session, c *call, a copyArgs) (Copied, error) {
			return copied(s.use(c).Copy(set(c, a.Messages, a.Options.UID), a.To))
		}).
			Returns("uids", "which UIDs became which, as sets; empty if the server does not say it").Errors(messages...),
		bind.Method("move", "MOVE: move messages to another folder.", func(s *Session, c *call, a copyArgs) (Copied, error) {
			return copied(s.use(c).Move(set(c, a.Messages, a.Options.UID), a.To))
		}).
			Returns("uids", "which UIDs became which, as sets; empty if the server does not say it").Errors(messages...),
		bind.Method("expunge", "EXPUNGE: remove the messages that are flagged \\Deleted.", (*Session).expunge).
			Returns("numbers", "of the messages that were removed, each in the count of what was left before it").Errors(messages...),

		bind.Method("idle", "IDLE: wait until the server says something of the selected folder.", (*Session).idle).Returns("updates", "one table each; none when the time is over").Errors(failures...),
		bind.Method("updates", "What the server has said of the selected folder beside its answers since the last call.", func(s *Session, c *call, _ none) (lua.LValue, error) { return updates(c, s.use(c).Updates()), nil }).
			Returns("updates table[]", "one table each: kind (exists, recent, expunge, fetch or flags), number, message, flags"),
		bind.MethodProc("noop", "NOOP: nothing, but the server may say what is new.", func(s *Session, c *call, _ none) error { return s.use(c).Noop() }).Errors(failures...),
		bind.MethodProc("check", "CHECK: let the server put things in order.", func(s *Session, c *call, _ none) error { return s.use(c).Check() }).Errors(failures...),
		bind.MethodProc("logout", "LOGOUT: end the session.", func(s *Session, c *call, _ none) error { return s.use(c).Logout() }).Errors(failures...),
		bind.MethodProc("disconnect", "Break the connection off.", func(s *Session, c *call, _ none) error { s.use(c).Disconnect(); return nil }),
	)
}

type hasArgs struct {
	Capability string `doc:"its word, such as \"IDLE\""`
}

type loginArgs struct {
	User     string `doc:"the user's name"`
	Password string `doc:"the password"`
}

type nameArgs struct {
	Name string `doc:"the folder's name"`
}

type renameArgs struct {
	From string `doc:"the folder's name"`
	To   string `doc:"its new name"`
}

type listArgs struct {
	Pattern   string `doc:"what names must look like" default:"*"`
	Reference string `doc:"what stands before the pattern" default:""`
}

// Selected describes a folder.
type Selected struct {
	Name           string   `doc:"its name"`
	ReadOnly       bool     `doc:"whether it was examined"`
	Exists         int      `doc:"how many messages there are"`
	Recent         int      `doc:"how many of them no session was told of before"`
	Unseen         int      `doc:"number of the first one that is not \\Seen; 0 if it was not said"`
	UIDValidity    int      `name:"uidvalidity" doc:"as long as it is the same, UIDs are"`
	UIDNext        int      `name:"uidnext" doc:"UID of the next message"`
	Flags          []string `doc:"flags in use"`
	PermanentFlags []string `doc:"flags that are kept; \\* says that new ones can be made"`
}

func selected(f *imap.Selected, err error) (*Selected, error) {
	if f == nil || err != nil {
		return nil, err
	}
	return &Selected{f.Name, f.ReadOnly, int(f.Exists), int(f.Recent), int(f.Unseen), int(f.UIDValidity), int(f.UIDNext), f.Flags, f.PermanentFlags}, nil
}

func (s *Session) current(c *call, _ none) (*Selected, error) {
	return selected(s.use(c).Selected, nil)
}

// Listed is a line of list.
type Listed struct {
	Name       string   `doc:"the folder's name"`
	Separator  string   `doc:"what separates levels"`
	Attributes []string `doc:"such as \\Noselect"`
}

func listed(entries []imap.ListEntry, err error) ([]Listed, error) {
	out := make([]Listed, len(entries))
	for i, e := range entries {
		out[i] = Listed{e.Name, e.Separator, e.Attributes}
	}
	return out, err
}

// Status is what status gives.
type Status struct {
	Messages    int `doc:"how many there are"`
	Recent      int `doc:"how many of them no session was told of before"`
	Unseen      int `doc:"how many are not \\Seen"`
	UIDNext     int `name:"uidnext" doc:"UID of the next message"`
	UIDValidity int `name:"uidvalidity" doc:"as long as it is the same, UIDs are"`
}

func (s *Session) status(c *call, a nameArgs) (*Status, error) {
	n, err := s.use(c).Status(a.Name)
	if err != nil {
		return nil, err
	}
	return &Status{int(n["MESSAGES"]), int(n["RECENT"]), int(n["UNSEEN"]), int(n["UIDNEXT"]), int(n["UIDVALIDITY"])}, nil
}

type appendArgs struct {
	Name    string `doc:"the folder's name"`
	Message []byte `doc:"header, an empty line, body; its lines should end with CRLF"`
	Options struct {
		Flags []string `doc:"such as \\Seen" default:"nil"`
		Date  *float64 `doc:"when the message is said to have come, in seconds since 1970; now if left out" min:"0" max:"253402300799"`
	} `doc:"what to keep with it"`
}

func (s *Session) append(c *call, a appendArgs) (uint32, error) {
	var date time.Time
	if a.Options.Date != nil {
		date = time.Unix(int64(*a.Options.Date), 0).UTC()
	}
	c.Charge(len(a.Message) / 16)
	return s.use(c).Append(a.Name, a.Message, a.Options.Flags, date)
}

type uidOption struct {
	Options struct {
		UID bool `name:"uid" doc:"numbers are UIDs" default:"false"`
	} `doc:"how to count"`
}

type fetchArgs struct {
	Messages lua.LValue `doc:"which" type:"integer|string|integer[]"`
	Items    string     `doc:"what of them, such as \"(FLAGS BODY[TEXT])\"" default:"FULL"`
	uidOption
}

type searchArgs struct {
	Criteria string `doc:"what must hold" default:"ALL"`
	uidOption
}

type storeArgs struct {
	Messages lua.LValue `doc:"which" type:"integer|string|integer[]"`
	Action   string     `doc:"whether the flags replace what there is, are set, or are taken off" enum:"FLAGS,+FLAGS,-FLAGS"`
	Flags    []string   `doc:"such as \\Seen"`
	uidOption
}

type copyArgs struct {
	Messages lua.LValue `doc:"which" type:"integer|string|integer[]"`
	To       string     `doc:"name of the other folder"`
	uidOption
}

type expungeArgs struct {
	UIDs lua.LValue `name:"uids" doc:"only those with these UIDs" default:"nil" type:"integer|string|integer[]"`
}

// set reads which messages are meant.
func set(c *call, v lua.LValue, uid bool) imap.Messages {
	number := func(v lua.LValue) (uint32, bool) {
		n, ok := v.(lua.LNumber)
		return uint32(n), ok && n >= 1 && n <= math.MaxUint32 && float64(n) == math.Trunc(float64(n))
	}
	m := imap.Messages{UID: uid}
	switch v := v.(type) {
	case lua.LNumber:
		if n, ok := number(v); ok {
			m.Set = imap.Nums(n)
			return m
		}
	case lua.LString:
		s, err := imap.ParseNumSet(string(v))
		if err != nil {
			c.Misuse("messages", "want numbers such as \"1,3:*\", got %q", string(v))
		}
		m.Set = s
		return m
	case *lua.LTable:
		var list []uint32
		c.Charge(v.Len())
		for i := 1; i <= v.Len(); i++ {
			n, ok := number(v.RawGetInt(i))
			if !ok {
				c.Misuse("messages", "want message numbers from 1, got %s at index %d", c.Describe(v.RawGetInt(i)), i)
			}
			list = append(list, n)
		}
		if len(list) > 0 {
			m.Set = imap.Nums(list...)
			return m
		}
	}
	c.Misuse("messages", "want the number of a message, a set such as \"1,3:*\", or an array of numbers, got %s", c.Describe(v))
	return m
}

func (s *Session) fetch(c *call, a fetchArgs) (lua.LValue, error) {
	list, err := s.use(c).Fetch(set(c, a.Messages, a.Options.UID), a.Items)
	return tables(c, list), err
}

func (s *Session) search(c *call, a searchArgs) ([]uint32, error) {
	return s.use(c).Search(a.Criteria, a.Options.UID)
}

func (s *Session) store(c *call, a storeArgs) (lua.LValue, error) {
	list, err := s.use(c).Store(set(c, a.Messages, a.Options.UID), a.Action, a.Flags)
	return tables(c, list), err
}

func (s *Session) expunge(c *call, a expungeArgs) ([]uint32, error) {
	var uids imap.NumSet
	if a.UIDs != lua.LNil {
		uids = set(c, a.UIDs, true).Set
	}
	return s.use(c).Expunge(uids)
}

// Copied is what copy and move give.
type Copied struct {
	UIDValidity int    `name:"uidvalidity" doc:"of the other folder; 0 if the server does not say it"`
	From        string `doc:"UIDs before, as a set"`
	To          string `doc:"UIDs in the other folder, as a set"`
}

func copied(u imap.Copied, err error) (Copied, error) {
	return Copied{int(u.UIDValidity), u.From.String(), u.To.String()}, err
}

type idleArgs struct {
	Timeout time.Duration `doc:"how long to wait" default:"25 min" min:"0"`
}

func (s *Session) idle(c *call, a idleArgs) (lua.LValue, error) {
	list, err := s.use(c).Idle(a.Timeout)
	return updates(c, list), err
}
