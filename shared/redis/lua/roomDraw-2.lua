-- Fixes the seed of a room's draw, once, with its inputs. Every gateway computes the same record; the first one writes
-- it. Redis' clock decides here whether to keep waiting for a silent beacon.
--   KEYS[1] hash settings   KEYS[2] hash admission
--   ARGV[1] epoch in which the log was read   ARGV[2] number of entries the seed was computed for   ARGV[3] seed in hex
--   ARGV[4] when the lobby closed, in milliseconds; '' in draw version 1
--   ARGV[5] signature of the beacon's round in hex, '' for a draw without it
--   ARGV[6] milliseconds to wait for a silent beacon in rooms that prefer one
-- Returns {'drawn', record as JSON (lib/draw)} with the record now in force | {'early'} (still waiting for the beacon)
-- | {'changed'} (the draw has other entries, or its log is still being restored) | {'absent'} (also in another epoch,
-- whose log may differ).

--#include room
--#include draw

local settings = read_settings(KEYS[1], ARGV[1])
if not settings then return { 'absent' } end
local now = now_ms()
if phase_at(settings, now) == 'restoring' then return { 'changed' } end
local known = redis.call('HMGET', KEYS[2], 'lobbyEntries', 'closedAt', 'roundAt', 'seed')
if known[1] ~= ARGV[2] or (known[2] or '') ~= ARGV[4] then return { 'changed' } end
if known[4] then return { 'drawn', draw_json(KEYS[2]) } end

local round_at = tonumber(known[3])
if round_at and ARGV[5] == '' then
  if settings.beacon ~= 'preferred' or now < round_at + tonumber(ARGV[6]) then return { 'early' } end
end
redis.call('HSET', KEYS[2], 'seed', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'signature', ARGV[5]) end
return { 'drawn', draw_json(KEYS[2]) }
