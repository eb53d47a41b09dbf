-- Puts a dead letter back into the stream as a new entry and resets its failure count, in any epoch. One that still
-- holds its units, also rebuilt ones, is shown as in flight, without which no worker processes it.
--   KEYS[1] stream payments   KEYS[2] hash this payment   KEYS[3] hash settings   KEYS[4] hash hold
--   ARGV[1] fields of the entry as a JSON array: name, value, name, value, …
--   ARGV[2] payment   ARGV[3] its hold
-- Returns the ID of the new entry, '' when this Redis does not know the room.

--#include room
--#include hold

if not read_settings(KEYS[3]) then return '' end
redis.call('HDEL', KEYS[2], 'failures')
local hold = read_hold(KEYS[4], ARGV[3])
if hold and hold.payment == ARGV[2] then
  redis.call('HSETNX', KEYS[2], 'state', 'charging')
  redis.call('HSETNX', KEYS[2], 'account', hold.account)
end
return redis.call('XADD', KEYS[1], '*', unpack(cjson.decode(ARGV[1])))
