-- Gives a caller a place; repeating the same entry gives the same place, and counts for no limit. Once the draw is made,
-- repeating an entry that was in it gives nothing: its log is public by then.
--   KEYS[1] hash settings   KEYS[2] string entries, 16 bytes each   KEYS[3] string index given to this entry
--   KEYS[4] string entries from the caller's network in the minute since the first of them   KEYS[5] hash admission
--   ARGV[1] entry, 16 bytes   ARGV[2] seconds to remember it
--   ARGV[3] 1 when the caller has a network, 0 for those whom no limit per address is for
--   ARGV[4] draw version that the entry was made for, '' for whichever
-- Returns {'entered', index, now ms, epoch} | {'known', index, now ms, epoch} | {'drawn'} |
-- {'limited', seconds until the next} | {'full'} | {'shut', phase} | {'absent'} (also when the room draws otherwise).

--#include room

local WINDOW_MS = 60000

local settings = read_settings(KEYS[1])
if not settings or (ARGV[4] ~= '' and tonumber(ARGV[4]) ~= draw_version(settings)) then return { 'absent' } end
local now = now_ms()

local known = tonumber(redis.call('GET', KEYS[3]))
if known then
  if is_drawn(KEYS[5], settings, known) then return { 'drawn' } end
  return { 'known', known, now, settings.epoch }
end

local phase = phase_at(settings, now)
if phase == 'scheduled' or phase == 'closed' or phase == 'restoring' then return { 'shut', phase } end
fix_restored(KEYS[1], settings, KEYS[2], now)
if redis.call('STRLEN', KEYS[2]) >= settings.entriesMax * 16 then return { 'full' } end

-- Rooms published before there was this limit do not have it.
local from_network_max = ARGV[3] == '1' and settings.entriesPerAddressMax or 0
if from_network_max > 0 then
  if tonumber(redis.call('GET', KEYS[4]) or '0') >= from_network_max then
    return { 'limited', math.max(math.ceil(redis.call('PTTL', KEYS[4]) / 1000), 1) }
  end
  if redis.call('INCR', KEYS[4]) == 1 then redis.call('PEXPIRE', KEYS[4], WINDOW_MS) end
end

local index = redis.call('APPEND', KEYS[2], ARGV[1]) / 16 - 1
redis.call('SET', KEYS[3], index, 'EX', ARGV[2])
return { 'entered', index, now, settings.epoch }
