-- What every origin last said of itself, for organisers. Gateways forget those that are silent (originHealth).
--   KEYS[1] hash origins
-- Returns {origin, milliseconds since it was heard of, health in thousandths, what it measured as JSON or ''} again and
-- again, in order of their names.

--#include clock

local now = now_ms()
local flat = redis.call('HGETALL', KEYS[1])
local names, beats = {}, {}
for i = 1, #flat, 2 do
  table.insert(names, flat[i])
  beats[flat[i]] = cjson.decode(flat[i + 1])
end
table.sort(names)
local reply = {}
for _, name in ipairs(names) do
  local beat = beats[name]
  for _, value in ipairs({ name, math.max(now - beat.at, 0), beat.health, beat.said or '' }) do
    table.insert(reply, value)
  end
end
return reply
