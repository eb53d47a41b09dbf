-- Ends a payment in Redis after MySQL has its outcome, and acknowledges it. Safe to repeat: a hold is touched only
-- while it is being paid for by this very payment.
--   KEYS[1] hash stock    KEYS[2] hash counts   KEYS[3] zset holds         KEYS[4] hash hold
--   KEYS[5] zset passes   KEYS[6] hash pass     KEYS[7] stream payments    KEYS[8] hash this payment
--   ARGV[1] payment   ARGV[2] hold   ARGV[3] account   ARGV[4] outcome: confirmed | declined | refunded | expired
--   ARGV[5] details as a JSON object of strings, kept with the state
--   ARGV[6] consumer group   ARGV[7] stream entry, or '' for a payment that is ended without one
--   ARGV[8] seconds to remember the payment   ARGV[9] channel on which changes are announced
-- Returns 1 when the hold was changed, 0 when there was nothing to change.

--#include hold
--#include payment

local payment, id, account, outcome = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local hold = read_hold(KEYS[4], id)
local changed = 0
if hold and hold.payment == payment then
  changed = 1
  local keys = { stock = KEYS[1], holds = KEYS[3], hold = KEYS[4] }
  if outcome == 'declined' then
    -- Another attempt may be made while time is left.
    hold.payment = nil
    write_hold(keys, id, hold)
  elseif outcome == 'expired' then
    -- Given up before it was charged: its units are for sale again.
    drop_hold(keys, id, hold, 'free')
    uncount(KEYS[2], hold)
  else
    -- Refunded means that MySQL had no unit for it: someone else owns it, so it is sold here too.
    drop_hold(keys, id, hold, 'sold')
    if outcome == 'refunded' then uncount(KEYS[2], hold) end
    -- A pass covers one completed order.
    local pass = redis.call('HGET', KEYS[6], account)
    if outcome == 'confirmed' and pass and cjson.decode(pass).id == id then
      redis.call('ZREM', KEYS[5], account)
      redis.call('HDEL', KEYS[6], account)
    end
  end
end

redis.call('HSET', KEYS[8], 'account', account)
-- A slow worker does not take back what came after, such as the refund of a cancelled order.
if show_payment(KEYS[8], ARGV[9], payment, outcome) then
  for name, value in pairs(cjson.decode(ARGV[5])) do redis.call('HSET', KEYS[8], name, value) end
end
redis.call('EXPIRE', KEYS[8], ARGV[8])
if ARGV[7] ~= '' then
  redis.call('XACK', KEYS[7], ARGV[6], ARGV[7])
  redis.call('XDEL', KEYS[7], ARGV[7])
end
return changed
