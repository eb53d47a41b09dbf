-- What every script about a room begins with: its clock and its settings.

--#include clock

local TEXTS = { epoch = true, order = true, drawSecret = true, currency = true, noticeKo = true, noticeEn = true }

-- The settings as a table, or nil when this Redis does not know the room (never published, or wiped).
local function read_settings(key)
  local flat = redis.call('HGETALL', key)
  local settings = {}
  for i = 1, #flat, 2 do
    settings[flat[i]] = TEXTS[flat[i]] and flat[i + 1] or tonumber(flat[i + 1])
  end
  if settings.epoch == nil then return nil end
  return settings
end

local function phase_at(settings, now)
  if now >= settings.closesAt then return 'closed' end
  if now >= settings.opensAt then return settings.paused == 1 and 'paused' or 'open' end
  if now >= settings.lobbyAt then return 'lobby' end
  return 'scheduled'
end
