-- Reads a room's progress, for its checkpoint.
--   KEYS[1] hash settings   KEYS[2] string entries   KEYS[3] hash admission
-- Returns {'room', epoch, now ms, entries, serving, the draw's record as JSON (lib/draw; '' before it), number of
-- places restored in each epoch (lib/room)} | {'restoring'} (it is further than is known here) | {'absent'}.

--#include room
--#include draw

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
if phase_at(settings, now) == 'restoring' then return { 'restoring' } end
local serving = redis.call('HGET', KEYS[3], 'serving')
return {
  'room', settings.epoch, now, redis.call('STRLEN', KEYS[2]) / 16,
  tonumber(serving or '-1'), draw_json(KEYS[3]), settings.restored or '',
}
