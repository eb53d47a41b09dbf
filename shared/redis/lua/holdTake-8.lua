-- Reserves a basket for a pass, all of it or nothing; checks pass, sale window, limit and stock together. The same
-- basket again is the same hold; another basket is swapped in at once and keeps the hold's expiry.
--   KEYS[1] hash settings   KEYS[2] zset passes   KEYS[3] hash pass    KEYS[4] hash stock
--   KEYS[5] hash types      KEYS[6] hash counts   KEYS[7] zset holds   KEYS[8] hash hold
--   ARGV[1] account   ARGV[2] pass ID, which is the hold's ID too
--   ARGV[3] basket as a JSON array of {type, quantity}, each type once
-- Returns {'held', hold as JSON} | {'pass-ended'} | {'paying'} | {'unknown-type', type} | {'not-on-sale', type}
-- | {'limit', type, limit} | {'units-held', type, held} | {'sold-out', type} | {'shut', phase} | {'absent'}.

--#include room
--#include types
--#include hold

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
-- Whoever is inside a paused room goes on buying.
if phase ~= 'open' and phase ~= 'paused' then return { 'shut', phase } end
local account, id, basket = ARGV[1], ARGV[2], cjson.decode(ARGV[3])

local pass_ends = tonumber(redis.call('ZSCORE', KEYS[2], account) or '0')
local pass = redis.call('HGET', KEYS[3], account)
if pass_ends <= now or not pass or cjson.decode(pass).id ~= id then return { 'pass-ended' } end

local keys = { stock = KEYS[4], holds = KEYS[7], hold = KEYS[8] }
local hold = read_hold(KEYS[8], id)
if hold and hold.payment then return { 'paying' } end
if hold and hold.expires <= now then
  drop_hold(keys, id, hold, 'free')
  uncount(KEYS[6], hold)
  hold = nil
end

local had = {}
if hold then
  for _, line in ipairs(hold.basket) do had[line.type] = line.quantity end
end
local amount = 0
for _, line in ipairs(basket) do
  local sale = read_type(KEYS[5], line.type)
  if not sale then return { 'unknown-type', line.type } end
  if not on_sale(sale, now) then return { 'not-on-sale', line.type } end
  local more = line.quantity - (had[line.type] or 0)
  local count = tonumber(redis.call('HGET', KEYS[6], account .. ':' .. line.type) or '0')
  if count + more > sale.limit then return { 'limit', line.type, sale.limit } end
  local stock = redis.call('HMGET', KEYS[4], 'free:' .. line.type, 'held:' .. line.type)
  if tonumber(stock[1]) < more then
    local held = tonumber(stock[2]) - (had[line.type] or 0)
    if held > 0 then return { 'units-held', line.type, held } end
    return { 'sold-out', line.type }
  end
  amount = amount + sale.price * line.quantity
end

-- Nothing can refuse any more: give back what was had, take what is wanted.
local expires = math.min(now + settings.holdSeconds * 1000, pass_ends)
if hold then
  expires = hold.expires
  drop_hold(keys, id, hold, 'free')
  uncount(KEYS[6], hold)
end
for _, line in ipairs(basket) do
  redis.call('HINCRBY', KEYS[4], 'free:' .. line.type, -line.quantity)
  redis.call('HINCRBY', KEYS[4], 'held:' .. line.type, line.quantity)
  redis.call('HINCRBY', KEYS[6], account .. ':' .. line.type, line.quantity)
end
local json = cjson.encode({ account = account, basket = basket, amount = amount, expires = expires })
redis.call('HSET', KEYS[8], id, json)
redis.call('ZADD', KEYS[7], expires, id)
return { 'held', json }
