-- A hold is JSON in a hash: account, basket (array of {type, quantity}), amount, expires, payment (while it is paid for).

local function read_hold(hold_key, id)
  local json = redis.call('HGET', hold_key, id)
  if not json then return nil end
  return cjson.decode(json)
end

-- Takes a hold away; each unit moves from held to `into` ('free' or 'sold').
local function drop_hold(keys, id, hold, into)
  for _, line in ipairs(hold.basket) do
    redis.call('HINCRBY', keys.stock, 'held:' .. line.type, -line.quantity)
    redis.call('HINCRBY', keys.stock, into .. ':' .. line.type, line.quantity)
  end
  redis.call('HDEL', keys.hold, id)
  redis.call('ZREM', keys.holds, id)
end

-- What an account holds and owns of each type goes down by a basket.
local function uncount(counts_key, hold)
  for _, line in ipairs(hold.basket) do
    local field = hold.account .. ':' .. line.type
    if redis.call('HINCRBY', counts_key, field, -line.quantity) <= 0 then redis.call('HDEL', counts_key, field) end
  end
end
