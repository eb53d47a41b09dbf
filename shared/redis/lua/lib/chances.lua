-- Which places take part in a draw: a bitmap by index, and the counts for the limits that a room sets. The hash of
-- counts has `count`; `network:<hash>` and `domain:<hash>`; `at:<index>`, the hashes that a place was counted under;
-- `out:<index>`, why a proven place does not take part, and how many these are by reason.
-- `from:<bucket>` counts entries by network (roomEnter). Needs room.

local function may_take_part(keys, settings, phase)
  if phase ~= 'scheduled' and phase ~= 'lobby' then return false end
  return redis.call('HEXISTS', keys.admission, 'lobbyEntries') == 0
end

local function forget_refusal(keys, index)
  local reason = redis.call('HGET', keys.chances, 'out:' .. index)
  if not reason then return end
  redis.call('HDEL', keys.chances, 'out:' .. index)
  redis.call('HINCRBY', keys.chances, reason, -1)
end

local function count_chance(keys, network, domain, by)
  redis.call('HINCRBY', keys.chances, 'count', by)
  for kind, hash in pairs({ network = network, domain = domain }) do
    local field = kind .. ':' .. hash
    if hash ~= '' and redis.call('HINCRBY', keys.chances, field, by) <= 0 then
      redis.call('HDEL', keys.chances, field)
    end
  end
end

local function is_beyond(keys, kind, hash, most)
  if hash == '' or not most or most == 0 then return false end
  return tonumber(redis.call('HGET', keys.chances, kind .. ':' .. hash) or '0') >= most
end

-- Lets a bound place take part, if its account is proven and within the limits. Returns 'yes' or the reason for
-- refusal: 'too-late', 'unproven', 'network-limit' or 'domain-limit'; and whether it takes part only from now on.
local function take_part(keys, settings, phase, index, proof)
  if redis.call('GETBIT', keys.participants, index) == 1 then return 'yes' end
  if not may_take_part(keys, settings, phase) then return 'too-late' end
  if not proof.proven then return 'unproven' end
  local refusal
  if is_beyond(keys, 'network', proof.network, settings.participantsPerNetworkMax) then refusal = 'network-limit'
  elseif is_beyond(keys, 'domain', proof.domain, settings.participantsPerDomainMax) then refusal = 'domain-limit' end
  forget_refusal(keys, index)
  if refusal then
    redis.call('HSET', keys.chances, 'out:' .. index, refusal)
    redis.call('HINCRBY', keys.chances, refusal, 1)
    return refusal
  end
  redis.call('SETBIT', keys.participants, index, 1)
  redis.call('HSET', keys.chances, 'at:' .. index, proof.network .. ' ' .. proof.domain)
  count_chance(keys, proof.network, proof.domain, 1)
  return 'yes', true
end

-- Removes a place that is left before the draw from it.
local function take_no_part(keys, index)
  forget_refusal(keys, index)
  if redis.call('SETBIT', keys.participants, index, 0) == 0 then return end
  local network, domain = string.match(redis.call('HGET', keys.chances, 'at:' .. index) or ' ', '^(%S*) (%S*)$')
  redis.call('HDEL', keys.chances, 'at:' .. index)
  count_chance(keys, network, domain, -1)
end
