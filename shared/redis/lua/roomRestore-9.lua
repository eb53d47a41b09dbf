-- Gives a room back, while it is restored, what gateways and fans know of it and Redis has lost: nothing here ever goes
-- back, so any number may say it in any order and as often as they like.
--   KEYS[1] hash settings   KEYS[2] string entries   KEYS[3] hash admission   KEYS[4] zset calls
--   KEYS[5] hash unresolved  KEYS[6] hash accounts  KEYS[7] bitmap participants   KEYS[8] hash chances
--   KEYS[9] stream bindings
--   ARGV[1] epoch that is being restored
--   ARGV[2] entries that there were, 0 when not known   ARGV[3] serving, -1 when not known
--   ARGV[4] the draw's record as JSON (lib/draw), '' when not known
--   ARGV[5] index of one entry, -1 for none             ARGV[6] its 16 bytes in the log, '' when not known
--   ARGV[7] account that it was bound to, '' for none   ARGV[8] 1 when it takes part in the draw, 0 when not
-- Returns {'restored', entries} | {'over'} (restoring has ended) | {'absent'} (also in another epoch).

--#include room
--#include recall
--#include draw
--#include calls
--#include accounts
--#include chances

local settings = read_settings(KEYS[1], ARGV[1])
if not settings then return { 'absent' } end
if not is_restoring(settings, now_ms()) then return { 'over' } end

-- What was not kept of the log is zeros: an entry counts, whoever made it.
local ENTRY_BYTES = 16
local index = tonumber(ARGV[5])
local wanted = math.min(math.max(tonumber(ARGV[2]), index + 1), settings.entriesMax)
if redis.call('STRLEN', KEYS[2]) < wanted * ENTRY_BYTES then
  redis.call('SETRANGE', KEYS[2], wanted * ENTRY_BYTES - 1, '\0')
end
local entries = redis.call('STRLEN', KEYS[2]) / ENTRY_BYTES
if #ARGV[6] == ENTRY_BYTES and index >= 0 and index < entries then
  local from = index * ENTRY_BYTES
  if redis.call('GETRANGE', KEYS[2], from, from + ENTRY_BYTES - 1) == string.rep('\0', ENTRY_BYTES) then
    redis.call('SETRANGE', KEYS[2], from, ARGV[6])
  end
end

if settings.order == 'draw' then complete_draw(KEYS[3], ARGV[4]) end

-- What was bound in the last second before is known by the fan's token alone. Nobody else has bound either meanwhile.
local account = ARGV[7]
if account ~= '' and index >= 0 and index < entries then
  local keys = {
    admission = KEYS[3], accounts = KEYS[6], participants = KEYS[7], chances = KEYS[8], bindings = KEYS[9],
  }
  if redis.call('HEXISTS', KEYS[6], index) == 0 and redis.call('HEXISTS', KEYS[6], '@' .. account) == 0 then
    bind_place(keys, settings.epoch, ARGV[5], account)
  end
  local is_theirs = redis.call('HGET', KEYS[6], index) == account
  if is_theirs and ARGV[8] == '1' and redis.call('HEXISTS', KEYS[3], 'lobbyEntries') == 0 then
    if redis.call('SETBIT', KEYS[7], index, 1) == 0 then
      redis.call('HSET', KEYS[8], 'at:' .. index, ' ')
      count_chance(keys, '', '', 1)
      tell_binding(keys, settings.epoch, ARGV[5])
    end
  end
end

local serving = math.min(tonumber(ARGV[3]), entries - 1)
local known = tonumber(redis.call('HGET', KEYS[3], 'serving') or '-1')
if serving > known then
  if known < 0 then redis.call('HSETNX', KEYS[3], 'missedThrough', -1) end
  recall({ admission = KEYS[3], calls = KEYS[4], unresolved = KEYS[5] }, settings.restoringUntil, known, serving)
end
return { 'restored', entries }
