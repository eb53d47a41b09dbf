-- Acknowledges and deletes a stream entry, if it belongs to this payment ('' for one that names none). A worker may
-- hold an entry of a stream that was lost with its Redis, and the new stream may have assigned the same ID to another
-- payment, which would then be lost. Returns whether it was deleted.
local function drop_entry(stream, group, entry, payment)
  local found = redis.call('XRANGE', stream, entry, entry, 'COUNT', 1)[1]
  if found then
    local named = ''
    for i = 1, #found[2], 2 do
      if found[2][i] == 'payment' then named = found[2][i + 1] end
    end
    if named ~= payment then return false end
  end
  redis.call('XACK', stream, group, entry)
  return redis.call('XDEL', stream, entry) == 1
end
