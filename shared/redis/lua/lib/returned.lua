-- What a returning place brings along: its account binding and its chance in the draw. Needs accounts and chances.

-- Binds a returned place to the account in its token, unless another binding was made meanwhile.
local function bind_returned(keys, settings, index, account, takes_part)
  if account == '' then return end
  local is_free = redis.call('HEXISTS', keys.accounts, index) == 0
  if is_free and redis.call('HEXISTS', keys.accounts, '@' .. account) == 0 then
    bind_place(keys, settings.epoch, index, account)
  end
  if not takes_part or redis.call('HGET', keys.accounts, index) ~= account then return end
  if redis.call('HEXISTS', keys.admission, 'lobbyEntries') == 1 then return end
  if redis.call('SETBIT', keys.participants, index, 1) == 0 then
    redis.call('HSET', keys.chances, 'at:' .. index, ' ')
    count_chance(keys, '', '', 1)
    publish_binding(keys, settings.epoch, index)
  end
end

-- Whether the place is bound to the account of a token whose entry does not own the place: MySQL may have stored the
-- newer of two bindings of one index.
local function is_bound_to(keys, index, account)
  return account ~= '' and redis.call('HGET', keys.accounts, index) == account
end

-- Moves the account of a place and its chance to another index, or removes them (nil).
local function move_binding(keys, settings, index, to)
  local account = redis.call('HGET', keys.accounts, index)
  local counted = redis.call('HGET', keys.chances, 'at:' .. index)
  local takes_part = redis.call('HEXISTS', keys.admission, 'lobbyEntries') == 0
    and redis.call('SETBIT', keys.participants, index, 0) == 1
  if takes_part then redis.call('HDEL', keys.chances, 'at:' .. index) end
  if takes_part and to then
    redis.call('SETBIT', keys.participants, to, 1)
    redis.call('HSET', keys.chances, 'at:' .. to, counted or ' ')
  elseif takes_part then
    local network, domain = string.match(counted or ' ', '^(%S*) (%S*)$')
    count_chance(keys, network, domain, -1)
  end
  if account then unbind_place(keys, settings.epoch, index) end
  if account and to then bind_place(keys, settings.epoch, to, account) end
end
