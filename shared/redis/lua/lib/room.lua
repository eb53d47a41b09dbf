-- The start of every script about a room: its clock and its settings.

--#include clock

local TEXTS = {
  epoch = true, order = true, drawSecret = true, currency = true, noticeKo = true, noticeEn = true,
  runId = true, restored = true, beacon = true,
}

-- The settings as a table; nil when this Redis does not know the room (never published, or wiped), or knows it in
-- another epoch than the one the caller names.
local function read_settings(key, epoch)
  local flat = redis.call('HGETALL', key)
  local settings = {}
  for i = 1, #flat, 2 do
    settings[flat[i]] = TEXTS[flat[i]] and flat[i + 1] or tonumber(flat[i + 1])
  end
  if settings.epoch == nil then return nil end
  if epoch and epoch ~= '' and epoch ~= settings.epoch then return nil end
  return settings
end

-- The status of a pass by the epoch of its claim: 'restored' when its room has been rebuilt since, so that its slot and
-- its hold are gone; 'absent' when this Redis does not know that epoch yet; nil when it is of this epoch, or names none
-- ('', in tokens issued before passes carried it).
local function pass_fence(settings, epoch)
  if epoch == '' or epoch == settings.epoch then return nil end
  return tonumber(epoch) < tonumber(settings.epoch) and 'restored' or 'absent'
end

-- Whether the room's lost state is still being restored.
local function is_restoring(settings, now)
  return now < (settings.restoringUntil or 0)
end

-- Whether an origin still confirms that this Redis matches MySQL (lib/lease). Without that, another Redis may have
-- replaced this one, and what is promised here may be lost.
local function is_maintained(settings, now)
  return not settings.keptUntil or now < settings.keptUntil
end

-- In phase 'restoring' no script promises anything, for either reason.
local function phase_at(settings, now)
  if is_restoring(settings, now) or not is_maintained(settings, now) then return 'restoring' end
  if now >= settings.closesAt then return 'closed' end
  if now >= settings.opensAt then return settings.paused == 1 and 'paused' or 'open' end
  if now >= settings.lobbyAt then return 'lobby' end
  return 'scheduled'
end

-- The room's draw version; rooms published before version 2 existed use version 1.
local function draw_version(settings)
  return settings.drawVersion or 1
end

-- Whether the place of an index was drawn: all inputs of the draw are public then.
local function is_drawn(admission_key, settings, index)
  if settings.order ~= 'draw' then return false end
  local known = redis.call('HMGET', admission_key, 'seed', 'lobbyEntries')
  return known[1] and index < tonumber(known[2])
end

-- The first decision after a room was restored fixes how many places were restored: fans who enter from then on queue
-- behind them. `restored` lists ' epoch:entries' for each such epoch.
local function fix_restored(settings_key, settings, entries_key, now)
  if not settings.restoringUntil or now < settings.restoringUntil then return end
  local restored = settings.restored or ''
  if string.find(restored, ' ' .. settings.epoch .. ':', 1, true) then return end
  local entries = redis.call('STRLEN', entries_key) / 16
  settings.restored = restored .. ' ' .. settings.epoch .. ':' .. string.format('%.0f', entries)
  redis.call('HSET', settings_key, 'restored', settings.restored)
end
