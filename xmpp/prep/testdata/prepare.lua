-- Reads texts as lines of hexadecimal code points, and writes for each what
-- Prosody's nodeprep and resourceprep make of it, or "-" where they refuse it.
local prep = require "util.encodings".stringprep

local function hex(text)
	if not text then return "-" end
	local points = {}
	for _, point in utf8.codes(text) do points[#points + 1] = ("%X"):format(point) end
	return table.concat(points, " ")
end

for line in io.lines() do
	local points = {}
	for point in line:gmatch("%x+") do points[#points + 1] = tonumber(point, 16) end
	local text = utf8.char(table.unpack(points))
	io.write(hex(prep.nodeprep(text)), ";", hex(prep.resourceprep(text)), "\n")
end
