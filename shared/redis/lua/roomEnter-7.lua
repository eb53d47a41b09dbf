-- Gives a caller a place; repeating the same entry returns the same place and counts against no limit. Once the draw
-- has taken place, repeating an entry that was in it returns nothing: its log is public by then.
--   KEYS[1] hash settings   KEYS[2] string entries, 16 bytes each   KEYS[3] string epoch and index given to this entry
--   KEYS[4] string entries from the caller's network in the minute since the first of them   KEYS[5] hash admission
--   KEYS[6] hash chances   KEYS[7] hash moved
--   ARGV[1] entry, 16 bytes   ARGV[2] seconds to remember it
--   ARGV[3] 1 when the caller's network counts, 0 for callers exempt from the limit per address
--   ARGV[4] draw version that the entry was created for, '' for any   ARGV[5] epoch that the caller knows, '' for none
-- Returns {'entered', index, now ms, epoch} | {'known', index, now ms, epoch} | {'drawn'} |
-- {'limited', seconds until the next} | {'full'} |
-- {'crowded', entries that a network may have in the room} (the caller's has them) | {'shut', phase} | {'absent'}
-- (also in another epoch, and when the room draws otherwise).

--#include room
--#include entries

local WINDOW_MS = 60000
-- No single network may fill a room: each gets a twentieth of its places, or a hundred, but never more than half.
local NETWORK_SHARE = 1 / 20
local NETWORK_ENTRIES_MIN = 100
-- Networks are counted in a fixed number of buckets, which bounds the memory they take. Outsiders cannot tell which
-- networks share a bucket, since the assignment depends on the room's secret.
local NETWORK_BUCKETS = 16384

local function network_bucket(settings, address_key)
  local hash = redis.sha1hex((settings.drawSecret or '') .. address_key)
  return 'from:' .. tonumber(string.sub(hash, 1, 8), 16) % NETWORK_BUCKETS
end

local function network_entries_max(settings)
  local room_max = settings.entriesMax
  return math.min(math.max(room_max * NETWORK_SHARE, NETWORK_ENTRIES_MIN), math.max(room_max / 2, 1))
end

local settings = read_settings(KEYS[1], ARGV[5])
if not settings or (ARGV[4] ~= '' and tonumber(ARGV[4]) ~= draw_version(settings)) then return { 'absent' } end
local now = now_ms()

-- A record is trusted when the log has this entry at its index, or when the entry was moved from there: in a Redis that
-- has replaced another, that index may have been lost and given to another fan.
local function known_index()
  local record = redis.call('GET', KEYS[3])
  if not record then return nil end
  -- Records written before the epoch was added are the index alone.
  local index = tonumber(string.match(record, '(%d+)$'))
  if entry_at(KEYS[2], index) == ARGV[1] then return index end
  return tonumber(redis.call('HGET', KEYS[7], ARGV[1]))
end

local known = known_index()
if known then
  if is_drawn(KEYS[5], settings, known) then return { 'drawn' } end
  return { 'known', known, now, settings.epoch }
end

local phase = phase_at(settings, now)
if phase == 'scheduled' or phase == 'closed' or phase == 'restoring' then return { 'shut', phase } end
fix_restored(KEYS[1], settings, KEYS[2], now)
if redis.call('STRLEN', KEYS[2]) >= settings.entriesMax * 16 then return { 'full' } end

local has_network = ARGV[3] == '1'
local bucket = has_network and network_bucket(settings, KEYS[4])
if bucket and tonumber(redis.call('HGET', KEYS[6], bucket) or '0') >= network_entries_max(settings) then
  return { 'crowded', network_entries_max(settings) }
end

-- Rooms published before this limit existed do not have it.
local from_network_max = has_network and settings.entriesPerAddressMax or 0
if from_network_max > 0 then
  if tonumber(redis.call('GET', KEYS[4]) or '0') >= from_network_max then
    return { 'limited', math.max(math.ceil(redis.call('PTTL', KEYS[4]) / 1000), 1) }
  end
  if redis.call('INCR', KEYS[4]) == 1 then redis.call('PEXPIRE', KEYS[4], WINDOW_MS) end
end

if bucket then redis.call('HINCRBY', KEYS[6], bucket, 1) end
local index = redis.call('APPEND', KEYS[2], ARGV[1]) / 16 - 1
redis.call('SET', KEYS[3], settings.epoch .. ' ' .. string.format('%.0f', index), 'EX', ARGV[2])
return { 'entered', index, now, settings.epoch }
