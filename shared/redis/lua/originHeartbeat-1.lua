-- Records an origin's heartbeat: its health and its latest measurements.
--   KEYS[1] hash origins   ARGV[1] origin   ARGV[2] health, in thousandths
--   ARGV[3] its measurements, as JSON that only organisers read; optional
-- Returns 1.

--#include clock

-- More names than this belong to stopped origins that no gateway has removed (originHealth reads all of them). Origins
-- that are alive return with their next heartbeat.
local ORIGINS_MAX = 256

if redis.call('HLEN', KEYS[1]) >= ORIGINS_MAX and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ at = now_ms(), health = tonumber(ARGV[2]), said = ARGV[3] }))
return 1
