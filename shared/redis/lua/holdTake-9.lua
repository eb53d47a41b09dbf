-- Reserves a basket for a pass, all of it or nothing; checks pass, sale window, limit and stock together. The same
-- basket again is the same hold; another basket replaces it in the same step and keeps the hold's expiry. Units already
-- held are never refused: only additional units of a type need its sale window, limit and stock.
--   KEYS[1] hash settings   KEYS[2] zset passes   KEYS[3] hash pass    KEYS[4] hash stock
--   KEYS[5] hash types      KEYS[6] hash counts   KEYS[7] zset holds   KEYS[8] hash hold
--   KEYS[9] string until when the pass may hold, after a release
--   ARGV[1] account   ARGV[2] pass ID, which is the hold's ID too
--   ARGV[3] basket as a JSON array of {type, quantity}, each type once   ARGV[4] epoch of the pass, '' for none
-- Returns {'held', hold as JSON} | {'pass-ended'} | {'restored'} (the pass is of an epoch before) | {'paying'}
-- | {'unknown-type', type} | {'refused', JSON array of every line that cannot be had, in the basket's order:
-- {type, code = 'not-on-sale'} | {type, code = 'limit', limit, others = what the account has in addition to this hold}
-- | {type, code = 'units-held', left, held} | {type, code = 'sold-out', left}; left: how many of it may be in the basket}
-- | {'shut', phase} | {'absent'}.

--#include room
--#include types
--#include hold

-- Maximum number of expired holds that one short basket releases itself; the sweeper releases the others within a
-- second.
local EXPIRED_MAX = 100
-- The same for a basket above the limit, since the account's own expired holds may be among them.
local EXPIRED_AT_LIMIT_MAX = 1000

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local fence = pass_fence(settings, ARGV[4])
if fence then return { fence } end
local now = now_ms()
local phase = phase_at(settings, now)
if phase == 'restoring' then return { 'absent' } end
-- Fans already admitted to a paused room may keep buying.
if phase ~= 'open' and phase ~= 'paused' then return { 'shut', phase } end
local account, id, basket = ARGV[1], ARGV[2], cjson.decode(ARGV[3])

local pass_ends = tonumber(redis.call('ZSCORE', KEYS[2], account) or '0')
local pass = redis.call('HGET', KEYS[3], account)
if pass_ends <= now or not pass or cjson.decode(pass).id ~= id then return { 'pass-ended' } end

local keys = { stock = KEYS[4], counts = KEYS[6], holds = KEYS[7], hold = KEYS[8] }
local hold, json = read_hold(KEYS[8], id)
if hold and hold.payment then return { 'paying' } end
if hold and hold.expires <= now then
  drop_hold(keys, id, hold, 'free')
  uncount(KEYS[6], hold)
  hold = nil
end

local had, had_limit = {}, {}
local same = hold ~= nil and #hold.basket == #basket
if hold then
  for _, line in ipairs(hold.basket) do
    had[line.type] = line.quantity
    had_limit[line.type] = line.limit
  end
end
for _, line in ipairs(basket) do same = same and had[line.type] == line.quantity end
-- The price at the time of the hold, whatever the ticket type costs now.
if same then return { 'held', json } end

local function free_units(ticket_type)
  return tonumber(redis.call('HGET', KEYS[4], 'free:' .. ticket_type))
end

local function counted(ticket_type)
  return tonumber(redis.call('HGET', KEYS[6], account .. ':' .. ticket_type) or '0')
end

-- Why that many additional units of a type are not available, or nil.
local function refusal(line, sale, had_units, more)
  if not on_sale(sale, now) then return { type = line.type, code = 'not-on-sale' } end
  if counted(line.type) + more > sale.limit then give_back_expired(keys, now, EXPIRED_AT_LIMIT_MAX) end
  if counted(line.type) + more > sale.limit then
    return { type = line.type, code = 'limit', limit = sale.limit, others = counted(line.type) - had_units }
  end
  -- Units of expired holds are for sale again, whether swept or not.
  if free_units(line.type) < more then give_back_expired(keys, now, EXPIRED_MAX) end
  if free_units(line.type) >= more then return nil end
  local held = tonumber(redis.call('HGET', KEYS[4], 'held:' .. line.type)) - had_units
  local left = free_units(line.type) + had_units
  if held > 0 then return { type = line.type, code = 'units-held', left = left, held = held } end
  return { type = line.type, code = 'sold-out', left = left }
end

local amount, refused = 0, {}
for _, line in ipairs(basket) do
  local sale = read_type(KEYS[5], line.type)
  if not sale then return { 'unknown-type', line.type } end
  local had_units = had[line.type] or 0
  local more = line.quantity - had_units
  if more > 0 then refused[#refused + 1] = refusal(line, sale, had_units, more) end
  -- MySQL checks this limit when the hold is paid for, so that lowering the limit meanwhile does not revoke the hold.
  line.limit = more <= 0 and had_limit[line.type] or sale.limit
  amount = amount + sale.price * line.quantity
end

if #refused > 0 then return { 'refused', cjson.encode(refused) } end

-- From here nothing can fail: release the old basket, take the new one.
local expires = math.min(now + settings.holdSeconds * 1000, pass_ends)
local due = hold and hold.due or nil
-- Releasing and taking again does not extend the time.
local released = tonumber(redis.call('GET', KEYS[9]) or '0')
if released > now then expires = math.min(expires, released) end
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
return { 'held', write_hold(keys, id, {
  account = account, basket = basket, amount = amount, expires = expires, due = due,
}) }
