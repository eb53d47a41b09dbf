-- Gives a place up. A place not called yet is passed over without a call; a called one no longer holds a slot.
--   KEYS[1] hash settings   KEYS[2] hash admission   KEYS[3] zset calls      KEYS[4] hash unresolved
--   KEYS[5] bitmap claimed  KEYS[6] zset turns       KEYS[7] zset turn-ends  KEYS[8] string entries
--   ARGV[1] position
-- Returns {'left'} | {'used'} (claimed, left before, or missed) | {'absent'}.

--#include room
--#include calls

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local position = tonumber(ARGV[1])
if position >= redis.call('STRLEN', KEYS[8]) / 16 or redis.call('GETBIT', KEYS[5], position) == 1 then
  return { 'used' }
end

if position > tonumber(redis.call('HGET', KEYS[2], 'serving') or '-1') then
  redis.call('HINCRBY', KEYS[2], 'left', 1)
elseif redis.call('ZREM', KEYS[6], position) == 1 then
  -- Its call was resolved when the turn was kept.
  redis.call('ZREM', KEYS[7], position)
else
  local slot = open_call({ calls = KEYS[3], admission = KEYS[2] }, position, settings.graceSeconds, now)
  if not slot then return { 'used' } end
  resolve_call(KEYS[4], slot)
end
redis.call('SETBIT', KEYS[5], position, 1)
return { 'left' }
