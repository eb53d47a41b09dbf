-- A room is rebuilt by whoever has its lease. A builder that was slow or dead for too long has lost it: what it still
-- sends is refused, so that two never write into one room.

local function keeps_lease(rebuild_key, token, lease_ms)
  if redis.call('GET', rebuild_key) ~= token then return false end
  redis.call('PEXPIRE', rebuild_key, lease_ms)
  return true
end
