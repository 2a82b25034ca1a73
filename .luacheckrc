-- Settings of luacheck for the scripts, which are plain Lua 5.1.
std = "lua51"
max_line_length = 120
