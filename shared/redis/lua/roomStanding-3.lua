-- How far a room is, for its checkpoint.
--   KEYS[1] hash settings   KEYS[2] string entries   KEYS[3] hash admission
-- Returns {'room', epoch, now ms, entries, serving, entries that took part in the draw (-1 before it), the draw's seed
-- in hex ('' before it), how many places each epoch restored (lib/room)} | {'restoring'} (it is further than is known here) | {'absent'}.

--#include room

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
if phase_at(settings, now) == 'restoring' then return { 'restoring' } end
local known = redis.call('HMGET', KEYS[3], 'serving', 'lobbyEntries', 'seed')
return {
  'room', settings.epoch, now, redis.call('STRLEN', KEYS[2]) / 16,
  tonumber(known[1] or '-1'), tonumber(known[2] or '-1'), known[3] or '', settings.restored or '',
}
