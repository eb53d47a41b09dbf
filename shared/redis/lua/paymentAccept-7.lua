-- Accepts a payment for a hold: from here on the hold does not expire, and a worker will find the payment in the
-- stream.
--   KEYS[1] hash settings        KEYS[2] zset holds     KEYS[3] hash hold   KEYS[4] stream payments
--   KEYS[5] hash this payment    KEYS[6] string payment of this Idempotency-Key
--   KEYS[7] string until when the account may not pay
--   ARGV[1] account   ARGV[2] hold   ARGV[3] payment   ARGV[4] method   ARGV[5] digest of the request
--   ARGV[6] seconds to remember the Idempotency-Key   ARGV[7] maximum number of payments queued
--   ARGV[8] minimum number of milliseconds that a hold still lasts when its payment has to be retried
--   ARGV[9] hash of account, Idempotency-Key and request, which MySQL stores longer than Redis may
--   ARGV[10] amount and   ARGV[11] version of the hold that the fan saw   ARGV[12] epoch of the pass, '' for none
-- Returns {'accepted', payment, hold as JSON, currency} (on a retry those of the first request; '' instead of a hold
-- that it no longer pays for) | {'key-reused'} | {'missing'} | {'expired'} | {'paying', payment} | {'changed', hold as
-- JSON} (it is not what the fan saw) | {'busy'} | {'paused', milliseconds} (after declined payments) | {'restored'}
-- (the pass is of an earlier epoch) | {'absent'}.

--#include room
--#include hold

-- Maximum extension of a hold whose payment is refused again and again.
local WAITS_MS_MAX = 60000

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local account, id, payment, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[5]

local seen = redis.call('GET', KEYS[6])
if seen then
  local first = cjson.decode(seen)
  if first.digest ~= digest then return { 'key-reused' } end
  -- A payment that MySQL has not recorded by now may belong to a replaced Redis, which must not promise anything.
  if phase_at(settings, now) == 'restoring' then return { 'absent' } end
  local hold, json = read_hold(KEYS[3], id)
  if not hold then return { 'missing' } end
  local is_held = hold.payment == first.payment
  return { 'accepted', first.payment, is_held and json or '', settings.currency }
end

local fence = pass_fence(settings, ARGV[12])
if fence then return { fence } end
-- While a room is being rebuilt its holds are not known yet.
if phase_at(settings, now) == 'restoring' then return { 'absent' } end
local hold, json = read_hold(KEYS[3], id)
if not hold then return { 'missing' } end
if hold.payment then return { 'paying', hold.payment } end
if hold.expires <= now then return { 'expired' } end
if hold.version ~= ARGV[11] or hold.amount ~= tonumber(ARGV[10]) then return { 'changed', json } end
local paused_until = tonumber(redis.call('GET', KEYS[7]) or '0')
if paused_until > now then return { 'paused', math.ceil(paused_until - now) } end
if redis.call('XLEN', KEYS[4]) >= tonumber(ARGV[7]) then
  -- The fan was in time and we refuse the payment, so the hold is extended for a retry, but not indefinitely.
  hold.due = hold.due or hold.expires
  local waits_until = math.min(now + tonumber(ARGV[8]), hold.due + WAITS_MS_MAX)
  if hold.expires < waits_until then
    hold.expires = waits_until
    write_hold({ holds = KEYS[2], hold = KEYS[3] }, id, hold)
  end
  return { 'busy' }
end

hold.payment = payment
json = write_hold({ holds = KEYS[2], hold = KEYS[3] }, id, hold)
redis.call('XADD', KEYS[4], '*', 'payment', payment, 'account', account, 'hold', id,
  'basket', cjson.encode(hold.basket), 'amount', string.format('%.0f', hold.amount), 'currency', settings.currency,
  'method', ARGV[4], 'request', ARGV[9])
redis.call('HSET', KEYS[5], 'state', 'accepted', 'account', account, 'at', string.format('%.0f', now))
redis.call('SET', KEYS[6], cjson.encode({ digest = digest, payment = payment }), 'EX', ARGV[6])
return { 'accepted', payment, json, settings.currency }
