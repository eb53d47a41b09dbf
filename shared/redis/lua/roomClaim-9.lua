-- Gives a called fan a pass when a slot is free. Never lets live passes exceed maxActive; a called fan who finds no
-- free slot keeps the turn and goes in before those behind.
--   KEYS[1] hash settings   KEYS[2] hash admission   KEYS[3] zset calls      KEYS[4] hash unresolved
--   KEYS[5] bitmap claimed  KEYS[6] zset turns       KEYS[7] zset turn-ends  KEYS[8] zset passes   KEYS[9] hash pass
--   ARGV[1] position   ARGV[2] account   ARGV[3] ID for a new pass
-- Returns {'pass', pass ID, expires ms} (the same again on a retry) | {'waiting', serving} | {'kept', turn ends ms}
-- | {'missed'} | {'used'} | {'other'} (the account has a live pass from another place) | {'shut', phase} | {'absent'}.

--#include room
--#include calls

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
-- A pause calls nobody more, and takes nothing from those who have been called.
if phase ~= 'open' and phase ~= 'paused' then return { 'shut', phase } end
local position, account, pass_id = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local serving = tonumber(redis.call('HGET', KEYS[2], 'serving') or '-1')
local used = redis.call('GETBIT', KEYS[5], position) == 1
if position > serving and not used then return { 'waiting', serving } end

local expires = tonumber(redis.call('ZSCORE', KEYS[8], account) or '0')
if expires > now then
  local pass = cjson.decode(redis.call('HGET', KEYS[9], account))
  if pass.position == position then return { 'pass', pass.id, expires } end
  return { 'other' }
end
if used then return { 'used' } end

local kept_until = tonumber(redis.call('ZSCORE', KEYS[7], position) or '0')
local slot = nil
if kept_until <= now then
  slot = open_call({ calls = KEYS[3], admission = KEYS[2] }, position, settings.graceSeconds, now)
  -- A kept turn that lapsed was resolved when it was kept.
  if not slot or redis.call('ZSCORE', KEYS[6], position) then return { 'missed' } end
end

local live = redis.call('ZCOUNT', KEYS[8], '(' .. now, '+inf')
local ahead = redis.call('ZCOUNT', KEYS[6], '-inf', '(' .. position)
if live + ahead >= settings.maxActive then
  local ends = now + settings.graceSeconds * 1000
  redis.call('ZADD', KEYS[6], position, position)
  redis.call('ZADD', KEYS[7], ends, position)
  if slot then resolve_call(KEYS[4], slot) end
  return { 'kept', ends }
end

if slot then resolve_call(KEYS[4], slot) end
redis.call('ZREM', KEYS[6], position)
redis.call('ZREM', KEYS[7], position)
redis.call('SETBIT', KEYS[5], position, 1)
-- A whole second, so that the token's exp and this score name the same instant.
expires = math.ceil(now / 1000) * 1000 + settings.passSeconds * 1000
redis.call('ZADD', KEYS[8], expires, account)
redis.call('HSET', KEYS[9], account, cjson.encode({ id = pass_id, position = position }))
return { 'pass', pass_id, expires }
