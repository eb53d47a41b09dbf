-- How much of the usual rate the origins can take together: the mean of those that live, so that one in trouble counts
-- for its share. Forgets those not heard of for long.
--   KEYS[1] hash origins   ARGV[1] milliseconds after which an origin that says nothing is not alive
-- Returns {how many live, their mean health in thousandths}.

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
