-- Notes that an order's units are about to be freed in MySQL while they count as sold here. A note belongs to the
-- current stock: a room rebuilt later counts from MySQL, and ignores it.
--   KEYS[1] hash settings   KEYS[2] hash returning   ARGV[1] order
-- Returns {'noted'} | {'absent'} (also while the room is being rebuilt: what its stock will count is not known then).

--#include room

local settings = read_settings(KEYS[1])
if not settings or phase_at(settings, now_ms()) == 'restoring' then return { 'absent' } end
redis.call('HSET', KEYS[2], ARGV[1], settings.epoch)
return { 'noted' }
