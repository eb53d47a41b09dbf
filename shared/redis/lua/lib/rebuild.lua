-- Only the holder of a room's lease rebuilds it. A builder that was slow or stopped for too long has lost the lease:
-- its later writes are refused, so that two builders never write into one room.

local function holds_lease(rebuild_key, token, lease_ms)
  if redis.call('GET', rebuild_key) ~= token then return false end
  redis.call('PEXPIRE', rebuild_key, lease_ms)
  return true
end
