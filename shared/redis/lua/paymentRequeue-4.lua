-- Puts a payment that was set aside back into the stream as a new entry, with its failures forgotten.
--   KEYS[1] stream payments   KEYS[2] hash this payment   KEYS[3] hash settings
--   ARGV[1] fields of the entry as a JSON array: name, value, name, value, …
-- Returns the ID of the new entry, '' when this Redis does not know the room.

--#include room

if not read_settings(KEYS[3]) then return '' end
redis.call('HDEL', KEYS[2], 'failures')
return redis.call('XADD', KEYS[1], '*', unpack(cjson.decode(ARGV[1])))
