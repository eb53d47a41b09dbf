-- What every origin last said of itself, for organisers. Gateways forget those that are silent (originHealth).
--   KEYS[1] hash origins
-- Returns {origin, milliseconds since it was heard of, health in thousandths, what it measured as JSON or ''} again and
-- again, in order of their names.

--#include clock

local now = now_ms()
local flat = redis.call('HGETALL', KEYS[1])
local names, heartbeats = {}, {}
for i = 1, #flat, 2 do
  table.insert(names, flat[i])
  heartbeats[flat[i]] = cjson.decode(flat[i + 1])
end
table.sort(names)
local reply = {}
for _, name in ipairs(names) do
  local heartbeat = heartbeats[name]
  for _, value in ipairs({ name, math.max(now - heartbeat.at, 0), heartbeat.health, heartbeat.said or '' }) do
    table.insert(reply, value)
  end
end
return reply
