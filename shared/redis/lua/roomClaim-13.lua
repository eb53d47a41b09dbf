-- Issues a pass to a called fan when a slot is free. Live passes never exceed maxActive; a called fan who finds no free
-- slot keeps the turn and goes in before later positions. Either result binds the account to the place; both are
-- refused when the place is bound to another account or the account waits at another place.
--   KEYS[1] hash settings   KEYS[2] hash admission   KEYS[3] zset calls      KEYS[4] hash unresolved
--   KEYS[5] bitmap claimed  KEYS[6] zset turns       KEYS[7] zset turn-ends  KEYS[8] zset passes   KEYS[9] hash pass
--   KEYS[10] hash accounts  KEYS[11] hash chances   KEYS[12] stream bindings   KEYS[13] string entries
--   ARGV[1] index   ARGV[2] position   ARGV[3] account   ARGV[4] ID for a new pass
--   ARGV[5] index of another place the account was last found bound to, -1 for none   ARGV[6] its position
--   ARGV[7] epoch in which the place is valid, '' for any
--   ARGV[8] entry that its token names for the index in the log, '' when it names none
-- Returns {'pass', pass ID, expires ms, epoch} (the same again on a retry) | {'waiting', serving} | {'retained', turn ends ms}
-- | {'missed'} | {'used'} | {'other'} (the account has a live pass from another place) | {'other-account'} (the place is
-- bound to another account) | {'elsewhere', index} (the account waits at that place, which was not named in ARGV[5] or
-- is not over) | {'moved'} (another entry had the index first: lib/entries)
-- | {'shut', phase} | {'absent'} (also in another epoch).

--#include room
--#include calls
--#include entries
--#include accounts

local settings = read_settings(KEYS[1], ARGV[7])
if not settings then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
-- A pause stops new calls, but fans already called may still claim.
if phase ~= 'open' and phase ~= 'paused' then return { 'shut', phase } end
local index, position, account, pass_id = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local keys = {
  admission = KEYS[2], calls = KEYS[3], claimed = KEYS[5], turns = KEYS[6],
  turn_ends = KEYS[7], passes = KEYS[8], accounts = KEYS[10], chances = KEYS[11],
  bindings = KEYS[12], entries = KEYS[13],
}

if is_moved(KEYS[13], tonumber(index), ARGV[8]) then return { 'moved' } end
local used = redis.call('GETBIT', KEYS[5], position) == 1
local owner = redis.call('HGET', KEYS[10], index)
if owner and owner ~= account and not used then return { 'other-account' } end
local serving = tonumber(redis.call('HGET', KEYS[2], 'serving') or '-1')
if position > serving and not used then return { 'waiting', serving } end

local expires = tonumber(redis.call('ZSCORE', KEYS[8], account) or '0')
if expires > now then
  local pass = cjson.decode(redis.call('HGET', KEYS[9], account))
  if pass.position == position then return { 'pass', pass.id, expires, settings.epoch } end
  return { 'other' }
end
if used then
  if owner == account then unbind_place(keys, settings.epoch, index) end
  return { 'used' }
end

local open, slot = open_turn(keys, position, settings.graceSeconds, now)
if not open then
  unbind_place(keys, settings.epoch, index)
  return { 'missed' }
end
local previous = { index = ARGV[5], position = tonumber(ARGV[6]) }
local elsewhere = waits_elsewhere(keys, account, index, previous, settings.graceSeconds, now)
if elsewhere then return { 'elsewhere', elsewhere } end
if is_in_doubt(settings, KEYS[13], tonumber(index), ARGV[8], owner) then return { 'moved' } end
bind_place(keys, settings.epoch, index, account)

local live = redis.call('ZCOUNT', KEYS[8], '(' .. now, '+inf')
local ahead = redis.call('ZCOUNT', KEYS[6], '-inf', '(' .. position)
if live + ahead >= settings.maxActive then
  local ends = now + settings.graceSeconds * 1000
  redis.call('ZADD', KEYS[6], position, position)
  redis.call('ZADD', KEYS[7], ends, position)
  if slot then resolve_call(KEYS[4], slot) end
  return { 'retained', ends }
end

if slot then resolve_call(KEYS[4], slot) end
redis.call('ZREM', KEYS[6], position)
redis.call('ZREM', KEYS[7], position)
redis.call('SETBIT', KEYS[5], position, 1)
-- A whole second, so that the token's exp and this score name the same instant.
expires = math.ceil(now / 1000) * 1000 + settings.passSeconds * 1000
redis.call('ZADD', KEYS[8], expires, account)
redis.call('HSET', KEYS[9], account, cjson.encode({ id = pass_id, position = position, epoch = settings.epoch }))
return { 'pass', pass_id, expires, settings.epoch }
