-- The combined capacity of the origins: the mean health of those alive, so that an overloaded one counts for its share.
-- Forgets origins without a recent heartbeat.
--   KEYS[1] hash origins   ARGV[1] milliseconds without a heartbeat after which an origin is not alive
-- Returns {number of origins alive, their mean health in thousandths}.

--#include clock

local now = now_ms()
local live, sum = 0, 0
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local heartbeat = cjson.decode(flat[i + 1])
  if heartbeat.at + tonumber(ARGV[1]) > now then
    live = live + 1
    sum = sum + heartbeat.health
  else
    redis.call('HDEL', KEYS[1], flat[i])
  end
end
if live == 0 then return { 0, 0 } end
return { live, math.floor(sum / live) }
