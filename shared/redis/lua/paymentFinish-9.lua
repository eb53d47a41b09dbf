-- Settles a payment in Redis after MySQL has its outcome, and acknowledges it. Safe to repeat, in any epoch: a hold is
-- changed only while this very payment is paying for it, also a rebuilt one, and an entry only when it is this
-- payment's.
--   KEYS[1] hash stock    KEYS[2] hash counts   KEYS[3] zset holds         KEYS[4] hash hold
--   KEYS[5] zset passes   KEYS[6] hash pass     KEYS[7] stream payments    KEYS[8] hash this payment
--   KEYS[9] string until when the account may not pay
--   ARGV[1] payment   ARGV[2] hold   ARGV[3] account   ARGV[4] outcome: confirmed | declined | refunded | expired
--   ARGV[5] details as a JSON object of strings, stored with the state
--   ARGV[6] consumer group   ARGV[7] stream entry, or '' for a payment that is settled without one
--   ARGV[8] seconds to remember the payment   ARGV[9] channel on which changes are announced
--   ARGV[10] after a decline, or when its fan gave it up: milliseconds in which the account may not pay
--   ARGV[11] 1 when a decline or a refund ends the turn
--   ARGV[12] where the units of a payment go that became no order: sold (refunded, since MySQL had none left) | free
--     (it was not entitled to them) | held (expired, and the fan may pay in another way while time is left)
-- Returns 1 when the hold was changed, 0 when there was nothing to change.

--#include clock
--#include hold
--#include payment
--#include stream

local payment, id, account, outcome = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local hold = read_hold(KEYS[4], id)
local changed = 0

-- Ends the pass under which the hold was taken, if it is still the account's.
local function end_pass()
  local pass = redis.call('HGET', KEYS[6], account)
  if not pass or cjson.decode(pass).id ~= id then return end
  redis.call('ZREM', KEYS[5], account)
  redis.call('HDEL', KEYS[6], account)
end

-- Another attempt is allowed while time is left, after a pause.
local function allow_another(keys)
  hold.payment = nil
  write_hold(keys, id, hold)
end

local function pause()
  local pause_ms = tonumber(ARGV[10])
  if pause_ms == 0 then return end
  redis.call('SET', KEYS[9], string.format('%.0f', now_ms() + pause_ms), 'PX', pause_ms)
end

-- Too many declines end the turn, and the held units are for sale again.
local function decline(keys)
  pause()
  if ARGV[11] == '1' then
    drop_hold(keys, id, hold, 'free')
    uncount(KEYS[2], hold)
    end_pass()
    return
  end
  allow_another(keys)
end

if hold and hold.payment == payment then
  changed = 1
  local keys = { stock = KEYS[1], holds = KEYS[3], hold = KEYS[4] }
  if outcome == 'declined' then
    decline(keys)
  elseif outcome == 'expired' then
    if ARGV[12] == 'held' then
      pause()
      allow_another(keys)
    else
      -- Abandoned before it was charged: its units are for sale again.
      drop_hold(keys, id, hold, 'free')
      uncount(KEYS[2], hold)
    end
  else
    local refunded = outcome == 'refunded'
    drop_hold(keys, id, hold, refunded and ARGV[12] or 'sold')
    if refunded then uncount(KEYS[2], hold) end
    -- A pass covers one completed order.
    if not refunded or ARGV[11] == '1' then end_pass() end
  end
end

redis.call('HSET', KEYS[8], 'account', account)
-- A slow worker does not undo later changes, such as the refund of a cancelled order.
if show_payment(KEYS[8], ARGV[9], payment, outcome) then
  for name, value in pairs(cjson.decode(ARGV[5])) do redis.call('HSET', KEYS[8], name, value) end
end
redis.call('EXPIRE', KEYS[8], ARGV[8])
if ARGV[7] ~= '' then drop_entry(KEYS[7], ARGV[6], ARGV[7], payment) end
return changed
