-- name: lua-http-client
-- title: lua-http
-- role: client
-- http: 1.1
-- install: apt-get install lua5.2 lua-http
-- version: command -v lua5.2 >/dev/null && dpkg-query -f '${Version}' -W lua-http
-- run: exec lua5.2 FILE ARGUMENT
-- notes: under Lua 5.1 or 5.2: Debian's basexx, which it wants, has no 5.3
local websocket = require "http.websocket"

io.stdout:setvbuf("line")
local socket = websocket.new_from_uri(arg[1])
assert(socket:connect())
while true do
  local data, kind = socket:receive()
  if not data then break end
  if data == "close me" then
    socket:close(4002, "bye", 5)
  else
    assert(socket:send(data, kind))
  end
end
if socket.got_close_code then print("closed " .. socket.got_close_code) end
