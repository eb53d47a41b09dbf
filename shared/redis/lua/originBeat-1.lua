-- Says that an origin lives, how much of the usual rate it can take, and what it has measured.
--   KEYS[1] hash origins   ARGV[1] origin   ARGV[2] health, in thousandths
--   ARGV[3] what it measured, as JSON that only organisers read; may be left out
-- Returns 1.

--#include clock

redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ at = now_ms(), health = tonumber(ARGV[2]), said = ARGV[3] }))
return 1
