-- The fields of a room's draw in the admission hash (shared/api/draw-record.ts). Each is written once, and all of them
-- stay strings.
local DRAW_FIELDS = {
  'lobbyEntries', 'participants', 'logHash', 'participantsHash', 'closedAt',
  'round', 'roundAt', 'beaconKey', 'signature', 'seed',
}

-- As JSON, '' before the opening.
local function draw_json(admission_key)
  local record = {}
  for i, value in ipairs(redis.call('HMGET', admission_key, unpack(DRAW_FIELDS))) do
    if value then record[DRAW_FIELDS[i]] = value end
  end
  if not record.lobbyEntries then return '' end
  return cjson.encode(record)
end

-- Writes the fields of a JSON record that Redis lacks. A record of another closing changes nothing.
local function complete_draw(admission_key, json)
  if json == '' then return end
  local record = cjson.decode(json)
  local known = redis.call('HMGET', admission_key, 'lobbyEntries', 'closedAt', 'seed')
  if known[1] and known[1] ~= record.lobbyEntries then return end
  if (known[2] or known[3]) and known[2] ~= (record.closedAt or false) then return end
  for _, field in ipairs(DRAW_FIELDS) do
    if record[field] then redis.call('HSETNX', admission_key, field, record[field]) end
  end
end
