-- Says that an origin lives, how much of the usual rate it can take, and what it has measured.
--   KEYS[1] hash origins   ARGV[1] origin   ARGV[2] health, in thousandths
--   ARGV[3] what it measured, as JSON that only organisers read; may be left out
-- Returns 1.

--#include clock

-- More names than these are of origins that are gone while no gateway forgets them (originHealth reads all of them). The
-- living are heard of again with their next heartbeat.
local ORIGINS_MAX = 256

if redis.call('HLEN', KEYS[1]) >= ORIGINS_MAX and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ at = now_ms(), health = tonumber(ARGV[2]), said = ARGV[3] }))
return 1
