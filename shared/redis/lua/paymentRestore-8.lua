-- Restores a payment that MySQL has recorded and this Redis has lost: its hold, its units and its entry in the stream.
-- Safe to repeat.
--   KEYS[1] hash settings   KEYS[2] string rebuild    KEYS[3] hash stock         KEYS[4] hash counts
--   KEYS[5] zset holds      KEYS[6] hash hold         KEYS[7] stream payments    KEYS[8] hash this payment
--   ARGV[1] token of the builder of the room, '' for a room that exists   ARGV[2] milliseconds of its lease
--   ARGV[3] payment as JSON: {payment, account, hold, basket, amount, currency, method, state: accepted | charging}
--   ARGV[4] when the hold expires if the payment is declined, in milliseconds
--   ARGV[5] 1 when it is not settled in MySQL, so that it holds its units
--   ARGV[6] 1 when a worker is to process it, 0 for one that was dead-lettered
-- Returns {'restored'} | {'there'} | {'ended'} (settled in Redis since MySQL was read) | {'outdated'} | {'absent'}.

--#include room
--#include rebuild
--#include hold

local rebuilding = ARGV[1] ~= ''
if rebuilding and not holds_lease(KEYS[2], ARGV[1], ARGV[2]) then return { 'outdated' } end
if not rebuilding and not read_settings(KEYS[1]) then return { 'absent' } end

local p = cjson.decode(ARGV[3])
local UNDER_WAY = { accepted = true, charging = true, action = true, paid = true, refunding = true }
local state = redis.call('HGET', KEYS[8], 'state')
-- During a rebuild this state proves nothing: a worker may have settled the payment when there was no hold to change.
if state and not UNDER_WAY[state] and not rebuilding then return { 'ended' } end

local changed = false
local hold = read_hold(KEYS[6], p.hold)
if ARGV[5] == '1' and not (hold and hold.payment) then
  local keys = { stock = KEYS[3], holds = KEYS[5], hold = KEYS[6] }
  if hold then
    -- Redis has lost the record that this hold is being paid for.
    drop_hold(keys, p.hold, hold, 'free')
    uncount(KEYS[4], hold)
  end
  for _, line in ipairs(p.basket) do
    redis.call('HINCRBY', KEYS[3], 'free:' .. line.type, -line.quantity)
    redis.call('HINCRBY', KEYS[3], 'held:' .. line.type, line.quantity)
    redis.call('HINCRBY', KEYS[4], p.account .. ':' .. line.type, line.quantity)
  end
  write_hold(keys, p.hold, {
    account = p.account, basket = p.basket, amount = p.amount, expires = tonumber(ARGV[4]), payment = p.payment,
  })
  changed = true
end

-- A payment shown as in flight is in the stream, or waits for its fan since MySQL was read.
if ARGV[6] == '1' and not UNDER_WAY[state] then
  redis.call('XADD', KEYS[7], '*', 'payment', p.payment, 'account', p.account, 'hold', p.hold,
    'basket', cjson.encode(p.basket), 'amount', string.format('%.0f', p.amount), 'currency', p.currency,
    'method', p.method)
  redis.call('HSETNX', KEYS[8], 'state', p.state)
  redis.call('HSETNX', KEYS[8], 'account', p.account)
  changed = true
end
return { changed and 'restored' or 'there' }
