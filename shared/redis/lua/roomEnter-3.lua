-- Gives a caller a place; asking again with the same entry key gives the same place.
--   KEYS[1] hash settings   KEYS[2] string entries, 16 bytes each   KEYS[3] string index given to this entry key
--   ARGV[1] entry key, 16 bytes   ARGV[2] seconds to remember it
-- Returns {'entered', index, now ms} | {'known', index, now ms} | {'full'} | {'shut', phase} | {'absent'}.

--#include room

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()

local known = redis.call('GET', KEYS[3])
if known then return { 'known', tonumber(known), now } end

local phase = phase_at(settings, now)
if phase == 'scheduled' or phase == 'closed' then return { 'shut', phase } end
if redis.call('STRLEN', KEYS[2]) >= settings.entriesMax * 16 then return { 'full' } end

local index = redis.call('APPEND', KEYS[2], ARGV[1]) / 16 - 1
redis.call('SET', KEYS[3], index, 'EX', ARGV[2])
return { 'entered', index, now }
