-- The statistics of a sale at one moment, for organisers. Read-only; the cost does not depend on how many fans wait.
--   KEYS[1] hash settings     KEYS[2] string entries   KEYS[3] hash admission   KEYS[4] hash unresolved
--   KEYS[5] zset turns        KEYS[6] zset passes      KEYS[7] hash stock       KEYS[8] stream payments
--   KEYS[9] hash chances
-- Returns {'absent'}, or {'room', phase, now ms, epoch, entries, serving, waiting, called and not admitted yet, turns
-- retained, admitted, rate, maximum admitted, payments queued, places that take part in the draw, places excluded by the
-- limit per network, and by that per mail domain, 1 while the draw waits for the beacon's round or else 0, version of
-- the settings, then the stock as field, value pairs}.

--#include room

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local entries = redis.call('STRLEN', KEYS[2]) / 16
local known = redis.call('HMGET', KEYS[3], 'serving', 'left', 'round', 'seed')
local chances = redis.call('HMGET', KEYS[9], 'count', 'network-limit', 'domain-limit')
local serving, left = tonumber(known[1] or '-1'), tonumber(known[2] or '0')
return {
  'room', phase_at(settings, now), now, settings.epoch, entries, serving,
  -- Places left before their turn are still to be skipped, and do not count as waiting.
  math.max(entries - serving - 1 - left, 0),
  math.max(tonumber(redis.call('HGET', KEYS[4], 'total') or '0'), 0),
  redis.call('ZCARD', KEYS[5]),
  redis.call('ZCOUNT', KEYS[6], '(' .. string.format('%.0f', now), '+inf'),
  settings.ratePerSecond, settings.maxActive, redis.call('XLEN', KEYS[8]),
  tonumber(chances[1] or '0'), tonumber(chances[2] or '0'), tonumber(chances[3] or '0'),
  known[3] and not known[4] and 1 or 0,
  settings.version or 0,
  unpack(redis.call('HGETALL', KEYS[7])),
}
