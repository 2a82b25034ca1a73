// Package bind declares Lua modules. One declaration of a function gives the check of its arguments, the
// wording of its errors, its help, its completion, its page of the reference, its LuaLS annotations and
// a test of its examples.
//
//	var Module = bind.New("smtp", "Send mail (RFC 5321).", func() []bind.Member {
//		return []bind.Member{
//			bind.Fn("dial", "Open a session with a mail server.", dial).
//				Returns("session", "ready for mail").Errors("refused", "timeout").
//				Example(`local s = assert(smtp.dial("mx.lab"))`),
//			bind.Class("Session", "An open session.",
//				bind.MethodProc("mail", "Begin a message.", (*Session).mail),
//				bind.Method("size", "The largest message the server takes.", (*Session).size)),
//			bind.Const("PORT", "The port of SMTP.", 25),
//		}
//	})
//
//	type dialArgs struct {
//		Host    string `doc:"name or address of the server"`
//		Port    int    `doc:"TCP port" default:"25" min:"1" max:"65535"`
//		Options struct {
//			Timeout time.Duration `doc:"how long to wait" default:"30 s"`
//			Helo    *string       `doc:"name to greet with"`
//		} `doc:"how to connect"`
//	}
//
//	func dial(c *bind.Call, a dialArgs) (*Session, error) {
//		host := bind.Owner[*process.Process](c) // what SetOwner gave to the state
//		…
//	}
//
//	func (s *Session) mail(c *bind.Call, a mailArgs) error
//	func (s *Session) size(c *bind.Call, _ bind.None) (int, error)
//
// # Arguments
//
// The exported fields of the argument struct are the parameters, in order; None is a struct without any.
// A name is the field's in snake case, or the name tag. Each needs a doc tag. Types: string, []byte, bool,
// every int and float (whole numbers only for ints; never NaN or infinite), time.Duration (seconds or
// "10 ms"), Size (bytes or "256 KiB"), Rate (bits per second or "10 Mbps"), types that unmarshal
// themselves from text (netip.Addr), *T of a declared class, []T, map[string]T, lua.LValue for anything,
// *lua.LTable, *lua.LFunction, *lua.LUserData. A struct is an options table with its fields as options.
// A struct embedded without a name adds its fields. Tags:
//
//	default:"25"        optional, with this value; default:"nil": optional, left zero
//	min:"1" max:"9"     bounds of a number, duration, size or rate
//	enum:"get,post"     the allowed texts
//	rest:"true"         on a slice, last: all remaining arguments
//	type:"string|Host"  the type shown in the documentation
//	want:"an even port" what messages say is wanted
//
// A pointer to one of these types is optional and nil when left out. An options table is optional unless
// one of its options is required. What a struct cannot say, the body checks with Call.Misuse.
//
// # Functions
//
//	Fn    func(*Call, A) (R, error)   one result, or several in a struct that embeds Tuple
//	Proc  func(*Call, A) error        gives true
//	Var   func(*Call, A) Out          results vary: return c.Return(nil, "timeout", partial)
//	Raw   func(*Call) Out             reads arguments with c.String(1): for the hottest
//
// and Method, MethodProc, MethodVar, MethodRaw with a receiver *T in front. A returned error becomes
// nil, message, code; Code says where the code comes from. A wrong argument raises, for example
//
//	net.link: argument 3 (options): want a table, got number
//	net.link: option 'delay': want a duration such as "10 ms", got boolean
//	net.link: unknown option 'dealy'; did you mean 'delay'?
//
// and with the member PUC() as the libraries of Lua 5.1 would: bad argument #2 to 'send' (string
// expected, got nil). A panic in a body becomes a Lua error "internal error in …", except a Lua error and
// a value with a method Unwind(), which pass through.
//
// A body may block. It must keep no state in package variables, and the Call ends with it.
//
// # Classes
//
// A class is the type of its objects, *T; the same *T is the same object in a state for as long as
// a script holds it. Classes whose name changes are declared so:
//
//	bind.Class("tcp", "A TCP socket.",
//		bind.MethodVar("accept", "Wait for a connection.", (*tcp).accept).Only("tcp{server}"),
//		bind.MethodRaw[sendArgs]("send", "Send text.", (*tcp).send).Only("tcp{client}"),
//	).Named((*tcp).class, "tcp{master}", "tcp{server}", "tcp{client}").Group("tcp{any}")
package bind
