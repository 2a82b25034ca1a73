package http

import (
	"crypto/tls"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Response is an answer of Lua.
type Response struct {
	answer  *http.Response
	body    string
	url     string
	elapsed time.Duration
}

// Held implements lua51.Holder.
func (r *Response) Held(_ func(lua.LValue), weigh func(int64)) { weigh(int64(len(r.body)) + 1000) }

func responseClass() bind.Member {
	return bind.Class("Response", "An answer.",
		bind.Field("status", "Its status, such as 404.", func(r *Response) int { return r.answer.StatusCode }),
		bind.Field("reason", "What the status line says behind it.", func(r *Response) string {
			_, reason, _ := strings.Cut(r.answer.Status, " ")
			return reason
		}),
		bind.Field("version", "The version of HTTP, such as \"1.1\".", func(r *Response) string { return strings.TrimPrefix(r.answer.Proto, "HTTP/") }),
		bind.Field("body", "The body.", func(r *Response) string { return r.body }),
		bind.Field("url", "Where it came from, which is not where it was asked for if a redirection was followed.", func(r *Response) string { return r.url }),
		bind.Field("seconds", "How long it took from the beginning of the request, with the connection, to the end of the body.", func(r *Response) float64 { return r.elapsed.Seconds() }),
		bind.Field("headers", "Its header fields by name in lower case. Fields of the same name are joined by commas, Set-Cookie by newlines.", func(r *Response) map[string]string {
			all := map[string]string{}
			for name, values := range r.answer.Header {
				between := ", "
				if name == "Set-Cookie" {
					between = "\n"
				}
				all[strings.ToLower(name)] = strings.Join(values, between)
			}
			return all
		}),
		bind.Method("header", "One header field, whatever the case of its name.", (*Response).header).Returns("value string?", "nil if it is not there"),
	).Text(func(r *Response) string { return r.answer.Status })
}

type headerArgs struct {
	Name string `doc:"such as \"Content-Type\""`
}

func (r *Response) header(_ *bind.Call, a headerArgs) (*string, error) {
	values := r.answer.Header.Values(a.Name)
	if len(values) == 0 {
		return nil, nil
	}
	text := strings.Join(values, ", ")
	return &text, nil
}

// Client is a client of Lua.
type Client struct {
	client  *http.Client
	visits  map[*sim.Task]*bind.Call // the calls of page that go on
	release func()                   // of what they hold
}

func clientClass() bind.Member {
	return bind.Class("Client", "A client.",
		bind.Method("get", "Make a GET request.", func(k *Client, c *bind.Call, a clientGetArgs) (*Response, error) {
			return k.do(c, request{url: a.URL, method: "GET", messageOptions: a.Options})
		}).Returns("response", "the answer, whatever its status").Errors(failures...),
		bind.Method("post", "Make a POST request.", func(k *Client, c *bind.Call, a clientPostArgs) (*Response, error) {
			return k.do(c, request{url: a.URL, method: "POST", content: a.Body, messageOptions: a.Options})
		}).Returns("response", "the answer, whatever its status").Errors(failures...),
		bind.Method("request", "Make a request.", func(k *Client, c *bind.Call, a clientRequestArgs) (*Response, error) {
			return k.do(c, request{url: a.Request.URL, method: a.Request.Method, content: a.Request.Body, messageOptions: a.Request.messageOptions})
		}).Returns("response", "the answer, whatever its status").Errors(failures...),
		bind.Method("page", "Fetch a page and all that it shows: pictures, style sheets, scripts. The client's mode says how.", (*Client).page).
			Returns("objects", "one table each, the page first: url, status, size (bytes of the body), began, first (the head of the answer had come), ended: seconds since the page was asked for; error if it did not come").
			Errors(failures...).Example(pageExample),
		bind.Method("cookies", "The cookies in the client's jar.", (*Client).cookies).
			Returns("cookies", "one table each, in the order in which they were set: name, value, domain, path, secure, http_only, expires (seconds since 1970; nil: when the client ends)"),
		bind.Method("opened", "How many connections it has opened so far.", func(k *Client, _ *bind.Call, _ bind.None) (int, error) { return k.client.Opened, nil }),
		bind.MethodProc("close", "Close the connections that it keeps.", func(k *Client, _ *bind.Call, _ bind.None) error { k.client.Close(); return nil }),
	)
}

// clientOptions say how a client behaves.
type clientOptions struct {
	Timeout   time.Duration `doc:"how long to wait for each step" default:"60 s" min:"1 ms"`
	Redirects int           `doc:"how many redirections are followed" default:"5" min:"0" max:"100"`
	HTTP10    bool          `name:"http10" doc:"speak HTTP/1.0" default:"false"`
	Proxy     string        `doc:"\"host:port\" of a proxy or cache; for https it is asked for a tunnel" default:""`
	Agent     string        `doc:"what the field User-Agent says" default:"moonwire"`
	Verify    bool          `doc:"under TLS take only a certificate of the world's authority for the host" default:"true"`
	User      *string       `doc:"who you are, for servers that ask"`
	Password  string        `doc:"of the user" default:""`
	Jar       *string       `doc:"file of this host in which cookies are kept; \"\" keeps them in memory; without it they are forgotten"`
	Largest   bind.Size     `doc:"the longest body of an answer that is taken" default:"64 MiB" min:"1"`
}

// messageOptions say what a request has besides its method and URL.
type messageOptions struct {
	Headers *lua.LTable `doc:"more header fields: text, or a list of texts, by name" default:"nil"`
	Params  *lua.LTable `doc:"fields of a form for the URL, by name" default:"nil"`
}

type (
	getArgs struct {
		URL     string `name:"url" doc:"such as \"http://www.someschool.edu/index.html\""`
		Options struct {
			clientOptions
			messageOptions
		} `doc:"how to ask"`
	}
	postArgs struct {
		URL     string     `name:"url" doc:"where to"`
		Body    lua.LValue `doc:"the body: text, or a table with the fields of a form by name" type:"string|table"`
		Options struct {
			clientOptions
			messageOptions
		} `doc:"how to ask"`
	}
	requestArgs struct {
		Request struct {
			URL    string     `name:"url" doc:"where to"`
			Method string     `doc:"the method" default:"GET"`
			Body   lua.LValue `doc:"the body: text, or a table with the fields of a form by name" default:"nil" type:"string|table"`
			clientOptions
			messageOptions
		} `doc:"what to ask, and how"`
	}
	clientGetArgs struct {
		URL     string         `name:"url" doc:"where to"`
		Options messageOptions `doc:"how to ask"`
	}
	clientPostArgs struct {
		URL     string         `name:"url" doc:"where to"`
		Body    lua.LValue     `doc:"the body: text, or a table with the fields of a form by name" type:"string|table"`
		Options messageOptions `doc:"how to ask"`
	}
	clientRequestArgs struct {
		Request struct {
			URL    string     `name:"url" doc:"where to"`
			Method string     `doc:"the method" default:"GET"`
			Body   lua.LValue `doc:"the body: text, or a table with the fields of a form by name" default:"nil" type:"string|table"`
			messageOptions
		} `doc:"what to ask"`
	}
	clientArgs struct {
		Options struct {
			Mode     string `doc:"how connections are used: \"persistent\", one for many objects; \"pipelined\", and all objects asked for at once; \"non-persistent\", one for each object; \"parallel\", several of these at a time" enum:"persistent,pipelined,non-persistent,parallel" default:"persistent"`
			Parallel int    `doc:"connections at a time in mode parallel" default:"10" min:"1" max:"1000"`
			clientOptions
		} `doc:"how the client behaves"`
	}
)

// engineClient makes the engine's client.
func (o *clientOptions) engineClient(c *bind.Call) (*http.Client, error) {
	p := process.Of(c)
	if http.CheckField("User-Agent", o.Agent) != nil {
		c.Misuse("agent", "want text without control characters, got %q", o.Agent)
	}
	if _, _, err := net.SplitHostPort(o.Proxy); err != nil && o.Proxy != "" {
		c.Misuse("proxy", "want \"host:port\", such as \"proxy:3128\", got %q", o.Proxy)
	}
	client := &http.Client{Stack: p.Stack(), Timeout: o.Timeout, Redirects: o.Redirects, HTTP10: o.HTTP10, Proxy: o.Proxy, UserAgent: o.Agent, Password: o.Password,
		Limits: http.Limits{Body: int64(o.Largest)}, TLS: func(host string) (*tls.Config, error) { return serve.ClientTLS(p, host, o.Verify) }}
	if o.User != nil {
		client.User = *o.User
	}
	if o.Jar != nil && *o.Jar == "" {
		client.Jar = http.NewJar(p.Sched().Now)
	} else if o.Jar != nil {
		jar, err := http.OpenJar(p.Sched().Now, p.FS(), p.Path(*o.Jar))
		if err != nil {
			return nil, err
		}
		c.Charge(5000 * len(jar.All())) // each is compared with the others
		client.Jar = jar
	}
	return client, nil
}

// A request is what a script asks for.
type request struct {
	url, method string
	content     lua.LValue
	messageOptions
}

// once makes a request with a client of its own.
func once(c *bind.Call, o clientOptions, r request) (*Response, error) {
	client, err := o.engineClient(c)
	if err != nil {
		return nil, err
	}
	client.Mode = http.NonPersistent
	defer client.Close()
	return (&Client{client: client}).do(c, r)
}

func newClient(c *bind.Call, a clientArgs) (*Client, error) {
	o := &a.Options
	client, err := o.engineClient(c)
	if err != nil {
		return nil, err
	}
	k := &Client{client: client, visits: map[*sim.Task]*bind.Call{}}
	k.client.Mode = http.Mode(slices.Index([]string{"persistent", "pipelined", "non-persistent", "parallel"}, o.Mode))
	k.client.Most = o.Parallel
	return k, nil
}

// message makes the engine's request. What a script may not put into one is misuse.
func (r *request) message(c *bind.Call) (*http.Request, error) {
	target := r.url
	if r.Params != nil {
		between := "?"
		if strings.Contains(target, "?") {
			between = "&"
		}
		target += between + encoded(c, "params", r.Params)
	}
	var body []byte
	media := ""
	switch content := r.content.(type) {
	case lua.LString:
		body = []byte(content)
	case *lua.LTable:
		body, media = []byte(encoded(c, "body", content)), "application/x-www-form-urlencoded"
	case nil, *lua.LNilType:
		if r.method == "POST" || r.method == "PUT" {
			body = []byte{}
		}
	default:
		c.Misuse("body", "want text or a table, got %s", c.Describe(r.content))
	}
	m, err := http.NewRequest(r.method, target, body)
	if err != nil {
		return nil, err
	}
	if media != "" {
		m.Header.Set("Content-Type", media)
	}
	if r.Headers != nil {
		h, err := fieldsOf(r.Headers)
		if err != nil {
			c.Misuse("headers", "want header fields by name: %s", err.Error())
		}
		for name, values := range h { // into another map: the order does not matter
			m.Header[name] = values
		}
		if host := m.Header.Get("Host"); host != "" {
			m.Host = host
			m.Header.Del("Host")
		}
	}
	return m, nil
}

// encoded writes the fields of a form in the order of their names.
func encoded(c *bind.Call, option string, t *lua.LTable) string {
	v := url.Values{}
	for key, value := range bind.Pairs(t) {
		c.Charge(10)
		switch value := value.(type) {
		case lua.LString, lua.LNumber, lua.LBool:
			v.Add(key.String(), value.String())
		case *lua.LTable:
			for i := 1; i <= value.Len(); i++ {
				v.Add(key.String(), value.RawGetInt(i).String())
			}
		default:
			c.Misuse(option, "want texts by name, got %s for %s", c.Describe(value), key)
		}
	}
	return v.Encode()
}

func (k *Client) do(c *bind.Call, r request) (*Response, error) {
	m, err := r.message(c)
	if err != nil {
		return nil, err
	}
	k.here(c)
	began := k.client.Stack.Now()
	a, err := k.client.Do(m)
	if err != nil {
		return nil, err
	}
	return k.response(c, a, began)
}

// here makes the client one of the host on which the call runs; connections of another are closed.
func (k *Client) here(c *bind.Call) {
	if st := process.Of(c).Stack(); st != k.client.Stack {
		k.client.Close()
		k.client.Stack = st
	}
}

// An arriving body counts as memory of the script while it comes.
type arriving struct{ strings.Builder }

// Held implements lua51.Holder.
func (b *arriving) Held(_ func(lua.LValue), weigh func(int64)) { weigh(int64(b.Cap())) }

// response reads the body of an answer.
func (k *Client) response(c *bind.Call, a *http.Response, began time.Time) (*Response, error) {
	c.Charge(500)
	r := &Response{answer: a, url: a.Request.URL.String()}
	var b arriving
	release := lua51.Hold(c.L, &b)
	_, err := io.Copy(&b, a.Body)
	release()
	a.Body.Close()
	c.Charge(b.Len() / 32)
	r.body, r.elapsed = b.String(), k.client.Stack.Now().Sub(began)
	r.answer.Body = nethttp.NoBody
	if err != nil {
		return nil, err
	}
	return r, nil
}
