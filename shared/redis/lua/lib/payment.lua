-- How a payment stands, as its owner sees it: a hash with state, account, and what came of it.

-- A payment only ever goes up. From an end it can still be given back, and from there nowhere.
local PAYMENT_RANK = {
  accepted = 0, charging = 1, paid = 2, confirmed = 3, declined = 3, expired = 3, refunding = 4, refunded = 5,
}

-- Shows a state, with its reason where one is given, and tells whoever waits for it; a state that is no step up changes nothing. Returns whether it did.
local function show_payment(payment_key, channel, payment, state, reason)
  local shown = redis.call('HGET', payment_key, 'state')
  if shown and PAYMENT_RANK[state] <= PAYMENT_RANK[shown] then return false end
  redis.call('HSET', payment_key, 'state', state)
  if reason and reason ~= '' then redis.call('HSET', payment_key, 'reason', reason) end
  redis.call('PUBLISH', channel, payment)
  return true
end
