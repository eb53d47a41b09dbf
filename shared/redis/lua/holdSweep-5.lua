-- Releases the units of holds that expired unpaid, the oldest first. In any epoch: a hold and its units share one.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash counts   KEYS[4] zset holds   KEYS[5] hash hold
--   ARGV[1] maximum number of holds in one run
-- Returns how many were released, or -1 when this Redis does not know the room.

--#include room
--#include hold

if not read_settings(KEYS[1]) then return -1 end
local keys = { stock = KEYS[2], counts = KEYS[3], holds = KEYS[4], hold = KEYS[5] }
return give_back_expired(keys, now_ms(), tonumber(ARGV[1]))
