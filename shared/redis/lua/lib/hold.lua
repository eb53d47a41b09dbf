-- A hold is JSON in a hash: account, basket (array of {type, quantity}), amount, expires, version, payment (while it is
-- paid for).

-- Later than any time: a hold that is being paid for does not expire.
local PAYING = 9007199254740991

-- Identifies a hold's contents and cost: equal contents at an equal price have the same version, even when the hold was
-- released and taken again, or rebuilt after Redis was wiped. Payments refer to this version.
local function version_of(hold)
  local lines = {}
  for i, line in ipairs(hold.basket) do lines[i] = string.format('%.0f:%.0f', line.type, line.quantity) end
  table.sort(lines)
  return string.sub(redis.sha1hex(table.concat(lines, ',') .. '=' .. string.format('%.0f', hold.amount)), 1, 16)
end

-- Returns the hold and its JSON, or nil.
local function read_hold(hold_key, id)
  local json = redis.call('HGET', hold_key, id)
  if not json then return nil end
  local hold = cjson.decode(json)
  -- Holds written by earlier releases have none.
  if not hold.version then
    hold.version = version_of(hold)
    json = cjson.encode(hold)
  end
  return hold, json
end

-- Writes a hold and when it expires. Returns it as JSON.
local function write_hold(keys, id, hold)
  hold.version = hold.version or version_of(hold)
  local json = cjson.encode(hold)
  redis.call('HSET', keys.hold, id, json)
  redis.call('ZADD', keys.holds, hold.payment and PAYING or hold.expires, id)
  return json
end

-- Deletes a hold; each unit moves from held to `into` ('free' or 'sold').
local function drop_hold(keys, id, hold, into)
  for _, line in ipairs(hold.basket) do
    redis.call('HINCRBY', keys.stock, 'held:' .. line.type, -line.quantity)
    redis.call('HINCRBY', keys.stock, into .. ':' .. line.type, line.quantity)
  end
  redis.call('HDEL', keys.hold, id)
  redis.call('ZREM', keys.holds, id)
end

-- Reduces an account's counts of held and owned units by a basket.
local function uncount(counts_key, hold)
  for _, line in ipairs(hold.basket) do
    local field = hold.account .. ':' .. line.type
    if redis.call('HINCRBY', counts_key, field, -line.quantity) <= 0 then redis.call('HDEL', counts_key, field) end
  end
end

-- Releases the units of holds that expired unpaid, the oldest first, at most `most`. Returns how many there were.
local function give_back_expired(keys, now, most)
  local expired = redis.call('ZRANGEBYSCORE', keys.holds, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(expired) do
    local hold = read_hold(keys.hold, id)
    if hold then
      drop_hold(keys, id, hold, 'free')
      uncount(keys.counts, hold)
    else
      -- An expiry without a hold holds nothing, and must not block the others.
      redis.call('ZREM', keys.holds, id)
    end
  end
  return #expired
end
