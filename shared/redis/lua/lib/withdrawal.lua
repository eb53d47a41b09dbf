-- Units on their way out of a ticket type's quantity: a hold of nobody's, one to a room, kept from before MySQL deletes
-- their rows until it says so with the room's version that they belong to. When it never does, the hold expires as others
-- do. Needs hold.
local WITHDRAWAL = 'withdrawal'

local function begin_withdrawal(keys, ticket_type, units, version, expires)
  redis.call('HINCRBY', keys.stock, 'free:' .. ticket_type, -units)
  redis.call('HINCRBY', keys.stock, 'held:' .. ticket_type, units)
  local basket = { { type = ticket_type, quantity = units } }
  write_hold(keys, WITHDRAWAL, { account = '', basket = basket, amount = 0, expires = expires, version = version })
end

-- Its units are free again, for what follows in the same script: a quantity that is so much less, or their sale. Only one
-- that belongs to `version` or an older one ends; nil ends any.
local function end_withdrawal(keys, version)
  local withdrawal = read_hold(keys.hold, WITHDRAWAL)
  if not withdrawal or (version and withdrawal.version > version) then return end
  drop_hold(keys, WITHDRAWAL, withdrawal, 'free')
end
