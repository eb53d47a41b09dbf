-- What every script about a room begins with: its clock and its settings.

-- Milliseconds since the epoch by Redis' own clock, the only one that decides.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The settings as a table, or nil when this Redis does not know the room (never published, or wiped).
local function read_settings(key)
  local flat = redis.call('HGETALL', key)
  local settings = {}
  for i = 1, #flat, 2 do
    settings[flat[i]] = tonumber(flat[i + 1]) or flat[i + 1]
  end
  if settings.epoch == nil then return nil end
  return settings
end

local function phase_at(settings, now)
  if now >= settings.closesAt then return 'closed' end
  if now >= settings.opensAt then return 'open' end
  if now >= settings.lobbyAt then return 'lobby' end
  return 'scheduled'
end
