-- A payment's state, as its owner sees it: a hash with state, account, and its outcome.

-- A payment's state only moves forward. A settled one can still be refunded, which is final.
local PAYMENT_RANK = {
  accepted = 0, charging = 1, action = 2, paid = 3, confirmed = 4, declined = 4, expired = 4, refunding = 5, refunded = 6,
}

-- Publishes a state, with its reason where one is given, and notifies subscribers; a state that is not a step forward
-- changes nothing. Returns whether it did.
local function show_payment(payment_key, channel, payment, state, reason)
  local shown = redis.call('HGET', payment_key, 'state')
  if shown and PAYMENT_RANK[state] <= PAYMENT_RANK[shown] then return false end
  redis.call('HSET', payment_key, 'state', state)
  if reason and reason ~= '' then redis.call('HSET', payment_key, 'reason', reason) end
  redis.call('PUBLISH', channel, payment)
  return true
end
