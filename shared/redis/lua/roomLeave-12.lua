-- Leaves a place. A place not called yet is skipped without a call; a called one no longer holds a slot. Only the
-- account that a place is bound to may leave it. Before the draw a place has no position yet: it is unbound from its
-- account, takes no part in the draw, and expires by itself.
--   KEYS[1] hash settings   KEYS[2] hash admission   KEYS[3] zset calls      KEYS[4] hash unresolved
--   KEYS[5] bitmap claimed  KEYS[6] zset turns       KEYS[7] zset turn-ends  KEYS[8] string entries
--   KEYS[9] hash accounts   KEYS[10] bitmap participants   KEYS[11] hash chances   KEYS[12] stream bindings
--   ARGV[1] index   ARGV[2] position, '' before the draw   ARGV[3] account, '' for none
--   ARGV[4] epoch in which the place is valid, '' for any
--   ARGV[5] entry that its token names for the index in the log, '' when it names none
-- Returns {'left'} | {'drawing'} (its position is not known yet, and it cannot be taken out of the draw any more)
-- | {'used'} (claimed, left before, or missed) | {'other-account'} (bound to another account)
-- | {'moved'} (another entry had the index first: lib/entries)
-- | {'absent'} (also in another epoch, and while the room is restored).

--#include room
--#include calls
--#include entries
--#include accounts
--#include chances

local settings = read_settings(KEYS[1], ARGV[4])
local now = now_ms()
if not settings or phase_at(settings, now) == 'restoring' then return { 'absent' } end
local index, position, account = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if is_moved(KEYS[8], tonumber(index), ARGV[5]) then return { 'moved' } end
local owner = redis.call('HGET', KEYS[9], index)
if is_in_doubt(settings, KEYS[8], tonumber(index), ARGV[5], owner) then return { 'moved' } end
local keys = {
  admission = KEYS[2], accounts = KEYS[9], participants = KEYS[10], chances = KEYS[11],
  bindings = KEYS[12], entries = KEYS[8],
}
if not position then
  if owner and owner ~= account then return { 'other-account' } end
  local may = draw_version(settings) >= 2 and may_take_part(keys, settings, phase_at(settings, now))
  if not may then return { 'drawing' } end
  take_no_part(keys, index)
  unbind_place(keys, settings.epoch, index)
  return { 'left' }
end
if position >= redis.call('STRLEN', KEYS[8]) / 16 or redis.call('GETBIT', KEYS[5], position) == 1 then
  return { 'used' }
end
if owner and owner ~= account then return { 'other-account' } end

if position > tonumber(redis.call('HGET', KEYS[2], 'serving') or '-1') then
  redis.call('HINCRBY', KEYS[2], 'left', 1)
elseif redis.call('ZREM', KEYS[6], position) == 1 then
  -- Its call was resolved when the turn was retained.
  redis.call('ZREM', KEYS[7], position)
else
  local slot = open_call({ calls = KEYS[3], admission = KEYS[2] }, position, settings.graceSeconds, now)
  if not slot then return { 'used' } end
  resolve_call(KEYS[4], slot)
end
redis.call('SETBIT', KEYS[5], position, 1)
if may_take_part(keys, settings, phase_at(settings, now)) then take_no_part(keys, index) end
unbind_place(keys, settings.epoch, index)
return { 'left' }
