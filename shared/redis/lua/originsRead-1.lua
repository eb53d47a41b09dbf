-- Returns the last heartbeat of every origin, for organisers. Gateways remove those that are silent (originHealth).
--   KEYS[1] hash origins
-- Returns {origin, milliseconds since its last heartbeat, health in thousandths, measurements as JSON or ''} repeated
-- for each, in order of their names.

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
