-- Gives back the units of holds that expired unpaid, the oldest first.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash counts   KEYS[4] zset holds   KEYS[5] hash hold
--   ARGV[1] most holds in one run
-- Returns how many were given back, or -1 when this Redis does not know the room.

--#include room
--#include hold

if not read_settings(KEYS[1]) then return -1 end
local expired = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now_ms(), 'LIMIT', 0, ARGV[1])
for _, id in ipairs(expired) do
  local hold = read_hold(KEYS[5], id)
  if hold then
    drop_hold({ stock = KEYS[2], holds = KEYS[4], hold = KEYS[5] }, id, hold, 'free')
    uncount(KEYS[3], hold)
  else
    -- An expiry without a hold holds nothing, and must not stand in the way of the others.
    redis.call('ZREM', KEYS[4], id)
  end
end
return #expired
