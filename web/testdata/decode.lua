-- Reads a body with the JSON reader of Prosody and prints what a kick takes
-- from it: nick, room and reason between NULs, or "missing".
local json = require "util.json"
local body = json.decode(io.read("a"))
if type(body) == "table" and body.nickname and body.muc then
	local reason = body.reason
	if reason == nil or reason == json.null then reason = "" end
	print(table.concat({ tostring(body.nickname), tostring(body.muc), tostring(reason) }, "\0"))
else
	print("missing")
end
