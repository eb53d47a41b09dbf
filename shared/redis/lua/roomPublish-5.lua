-- Updates a room's settings and ticket types, unless they are of an older version than those known. Held and sold
-- counts stay; units withdrawn for this version are removed with it.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash types   KEYS[4] zset holds   KEYS[5] hash hold
--   ARGV[1] epoch to create the room in when it is not known; '' leaves it unknown, to be rebuilt as a whole
--   ARGV[2] settings as a JSON object of numbers and strings
--   ARGV[3] ticket types as a JSON array of {type, quantity, sold, price, limit, from, to}
-- Returns 1 when the room was created, 0 when it existed, -1 when it is not known.

--#include hold
--#include publish
--#include withdrawal

local made = 0
if redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then
  if ARGV[1] == '' then return -1 end
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
  made = 1
end
local settings = cjson.decode(ARGV[2])
if write_settings(KEYS[1], settings) then
  end_withdrawal({ stock = KEYS[2], holds = KEYS[4], hold = KEYS[5] }, settings.version or 0)
  write_types(KEYS[2], KEYS[3], cjson.decode(ARGV[3]))
end
return made
