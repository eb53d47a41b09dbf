-- Returns the place that an account is bound to.
--   KEYS[1] hash settings   KEYS[2] hash accounts
--   ARGV[1] account   ARGV[2] epoch that the caller knows, '' for none
-- Returns {'found', index, epoch} | {'none'} | {'absent'} (also in another epoch).

--#include room

local settings = read_settings(KEYS[1], ARGV[2])
if not settings then return { 'absent' } end
local index = redis.call('HGET', KEYS[2], '@' .. ARGV[1])
if not index then return { 'none' } end
return { 'found', tonumber(index), settings.epoch }
