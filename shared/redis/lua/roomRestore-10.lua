-- Restores state that Redis has lost from what gateways and fans still know. Every value only ever moves forward, so
-- any number of callers may repeat it in any order.
--   KEYS[1] hash settings   KEYS[2] string entries   KEYS[3] hash admission   KEYS[4] zset calls
--   KEYS[5] hash unresolved  KEYS[6] hash accounts  KEYS[7] bitmap participants   KEYS[8] hash chances
--   KEYS[9] stream bindings   KEYS[10] string seconds
--   ARGV[1] epoch that is being restored
--   ARGV[2] number of entries, 0 when not known   ARGV[3] serving, -1 when not known
--   ARGV[4] the draw's record as JSON (lib/draw), '' when not known
--   ARGV[5] index of one entry, -1 for none             ARGV[6] its 16 bytes in the log, '' when not known
--   ARGV[7] account that it was bound to, '' for none   ARGV[8] 1 when it takes part in the draw, 0 when not
--   ARGV[9] second in which the entry was created
-- Returns {'restored', entries, 1 when the log has the entry, else 0} | {'over'} (restoring has ended)
-- | {'absent'} (also in another epoch).

--#include room
--#include recall
--#include draw
--#include calls
--#include entries
--#include accounts
--#include chances
--#include returned

local settings = read_settings(KEYS[1], ARGV[1])
if not settings then return { 'absent' } end
if not is_restoring(settings, now_ms()) then return { 'over' } end

-- The lost part of the log is filled with zeros: an entry counts even when its owner is not known.
local keys = {
  entries = KEYS[2], admission = KEYS[3], accounts = KEYS[6], participants = KEYS[7], chances = KEYS[8],
  bindings = KEYS[9], seconds = KEYS[10],
}
local index, entry, second = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[9])
local wanted = math.min(math.max(tonumber(ARGV[2]), index + 1), settings.entriesMax)
if redis.call('STRLEN', KEYS[2]) < wanted * ENTRY_BYTES then
  redis.call('SETRANGE', KEYS[2], wanted * ENTRY_BYTES - 1, '\0')
end
local entries = redis.call('STRLEN', KEYS[2]) / ENTRY_BYTES
if settings.order == 'draw' then complete_draw(KEYS[3], ARGV[4]) end

local is_theirs = index >= 0 and index < entries
if is_theirs and #entry == ENTRY_BYTES then
  local logged = entry_at(KEYS[2], index)
  local logged_second = logged ~= entry and logged ~= EMPTY_ENTRY and returned_second(keys, index)
  if logged == EMPTY_ENTRY then
    write_returned(keys, index, entry, second)
  elseif logged_second and second < logged_second and not is_closed(keys, settings, index) then
    -- Two Redis servers had assigned this index. The fan who does not own it finds another entry there and gets a place
    -- at the end.
    move_binding(keys, settings, ARGV[5], nil)
    redis.call('HINCRBY', KEYS[1], 'moved', 1)
    write_returned(keys, index, entry, second)
  else
    is_theirs = logged == entry
  end
elseif is_theirs and entry_at(KEYS[2], index) ~= EMPTY_ENTRY then
  -- A token without its entry does not prove that this is its place.
  is_theirs = is_bound_to(keys, ARGV[5], ARGV[7])
end
if is_theirs then
  -- A binding made in the last second before the loss is known from the fan's token alone.
  bind_returned(keys, settings, ARGV[5], ARGV[7], ARGV[8] == '1')
elseif index >= 0 and is_bound_to(keys, ARGV[5], ARGV[7]) then
  move_binding(keys, settings, ARGV[5], nil)
end

local serving = math.min(tonumber(ARGV[3]), entries - 1)
local known = tonumber(redis.call('HGET', KEYS[3], 'serving') or '-1')
if serving > known then
  if known < 0 then redis.call('HSETNX', KEYS[3], 'missedThrough', -1) end
  recall({ admission = KEYS[3], calls = KEYS[4], unresolved = KEYS[5] }, settings.restoringUntil, known, serving)
end
return { 'restored', entries, is_theirs and 1 or 0 }
