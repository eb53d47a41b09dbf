-- Decides after a room was restored whether a place still belongs to its fan, by its entry. Where two Redis servers
-- assigned the same index, the older entry owns it and the other gets a place at the end: the nearest free one, since
-- every position before is taken. The older one moves too when its position has already been claimed by another fan.
--   KEYS[1] hash settings    KEYS[2] string entries        KEYS[3] hash admission   KEYS[4] bitmap claimed
--   KEYS[5] hash accounts    KEYS[6] bitmap participants   KEYS[7] hash chances     KEYS[8] stream bindings
--   KEYS[9] hash moved       KEYS[10] string seconds
--   ARGV[1] epoch   ARGV[2] index   ARGV[3] its position, '' before the draw   ARGV[4] the entry's 16 bytes in the log
--   ARGV[5] second in which the entry was created   ARGV[6] account that it was bound to, '' for none
--   ARGV[7] 1 when it takes part in the draw, 0 when not
--   ARGV[8] 1 when the index was not among those restored, so that its present owner came later; 0 when it was
-- Returns {'theirs'} | {'moved', index} | {'lost'} (no room of this size has that index)
-- | {'absent'} (also in another epoch, and while the room is restored).

--#include room
--#include calls
--#include entries
--#include accounts
--#include chances
--#include returned

local settings = read_settings(KEYS[1], ARGV[1])
local now = now_ms()
if not settings or phase_at(settings, now) == 'restoring' then return { 'absent' } end
fix_restored(KEYS[1], settings, KEYS[2], now)
local index, position, entry, second = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local account, takes_part = ARGV[6], ARGV[7] == '1'
local keys = {
  entries = KEYS[2], admission = KEYS[3], claimed = KEYS[4], accounts = KEYS[5], participants = KEYS[6],
  chances = KEYS[7], bindings = KEYS[8], seconds = KEYS[10],
}

local logged = entry_at(KEYS[2], index)
if logged == entry then return { 'theirs' } end
local moved_to = redis.call('HGET', KEYS[9], entry)
if moved_to then return { 'moved', tonumber(moved_to) } end
local is_fixed = is_closed(keys, settings, index)

-- The index is free. Free indexes before it were assigned too, and their owners may still return.
if logged == '' or logged == EMPTY_ENTRY then
  if index >= settings.entriesMax then return { 'lost' } end
  if not is_fixed then write_returned(keys, index, entry, second) end
  bind_returned(keys, settings, ARGV[2], account, takes_part)
  return { 'theirs' }
end

local function move_to_end(of)
  local to = redis.call('APPEND', KEYS[2], of) / ENTRY_BYTES - 1
  redis.call('HSET', KEYS[9], of, to)
  -- From now on gateways check the entries of places in this room.
  redis.call('HINCRBY', KEYS[1], 'moved', 1)
  return to
end

local logged_second = returned_second(keys, index)
local is_older = ARGV[8] == '1'
if logged_second then is_older = second < logged_second end
local is_used = position and redis.call('GETBIT', KEYS[4], position) == 1
if is_older and not is_fixed and not is_used then
  local to = string.format('%.0f', move_to_end(logged))
  -- The moved entry takes its own account along, not that of the returning one.
  if not is_bound_to(keys, ARGV[2], account) then move_binding(keys, settings, ARGV[2], to) end
  write_returned(keys, index, entry, second)
  bind_returned(keys, settings, ARGV[2], account, takes_part)
  return { 'theirs' }
end
local to = move_to_end(entry)
local place = string.format('%.0f', to)
if is_bound_to(keys, ARGV[2], account) and not is_used then move_binding(keys, settings, ARGV[2], place) end
bind_returned(keys, settings, place, account, takes_part)
return { 'moved', to }
