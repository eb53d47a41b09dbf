-- Says that an origin lives, and how much of the usual rate it can take.
--   KEYS[1] hash origins   ARGV[1] origin   ARGV[2] health, in thousandths
-- Returns 1.

--#include clock

redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ at = now_ms(), health = tonumber(ARGV[2]) }))
return 1
