// Package clients is the upper half of LuaSocket 3: the modules socket.headers, socket.tp, socket.http, socket.smtp and
// socket.ftp. They are made of Lua functions that scripts hand in and get back, and scripts may replace what stands in their tables and
// objects; so, but for headers, they are written in Lua over module socket.
package clients
