-- The log of entries, 16 bytes each; zeros for an entry that counts while its owner is not known. Needs room.

local ENTRY_BYTES = 16
local EMPTY_ENTRY = string.rep('\0', ENTRY_BYTES)
local SECOND_BYTES = 4

-- The log's bytes at an index; '' beyond its end.
local function entry_at(entries_key, index)
  local from = index * ENTRY_BYTES
  return redis.call('GETRANGE', entries_key, from, from + ENTRY_BYTES - 1)
end

-- Whether an index now belongs to another entry, which had it first. '' is the entry of a token that names none.
local function is_moved(entries_key, index, entry)
  if entry == '' then return false end
  local logged = entry_at(entries_key, index)
  return logged ~= entry and logged ~= EMPTY_ENTRY and logged ~= ''
end

-- Whether the place of a token that names no entry may now belong to another fan: the token was issued for the account
-- that the place was bound to. Where no account is bound to it and the room was restored, ownership cannot be verified.
local function is_in_doubt(settings, entries_key, index, entry, owner)
  if entry ~= '' or owner or (settings.restored or '') == '' then return false end
  local logged = entry_at(entries_key, index)
  return logged ~= EMPTY_ENTRY and logged ~= ''
end

-- Writes an entry that its fan has restored, with the second in which it was created: of two entries that two Redis
-- servers gave the same index, this identifies the older.
local function write_returned(keys, index, entry, second)
  redis.call('SETRANGE', keys.entries, index * ENTRY_BYTES, entry)
  redis.call('SETRANGE', keys.seconds, index * SECOND_BYTES, struct.pack('>I4', second))
end

-- The second in which a restored entry was created, by index; nil for all others.
local function returned_second(keys, index)
  local from = index * SECOND_BYTES
  local packed = redis.call('GETRANGE', keys.seconds, from, from + SECOND_BYTES - 1)
  if #packed < SECOND_BYTES then return nil end
  local second = struct.unpack('>I4', packed)
  return second > 0 and second or nil
end

-- Whether the log is fixed at an index: a closed lobby has been published and is drawn unchanged.
local function is_closed(keys, settings, index)
  if settings.order ~= 'draw' then return false end
  return index < tonumber(redis.call('HGET', keys.admission, 'lobbyEntries') or '0')
end
