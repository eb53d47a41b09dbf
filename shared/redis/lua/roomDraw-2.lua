-- Fixes the seed of a room's draw, once. Every gateway works out the same; the first one writes it.
--   KEYS[1] hash settings   KEYS[2] hash admission
--   ARGV[1] epoch in which the log was read   ARGV[2] how many entries the seed was worked out for   ARGV[3] seed in hex
-- Returns {'drawn', seed} with the seed that holds from now on | {'changed'} (the draw is among other entries, or its
-- log is still being restored) | {'absent'} (also in another epoch, whose log may differ).

--#include room

local settings = read_settings(KEYS[1], ARGV[1])
if not settings then return { 'absent' } end
if phase_at(settings, now_ms()) == 'restoring' then return { 'changed' } end
if redis.call('HGET', KEYS[2], 'lobbyEntries') ~= ARGV[2] then return { 'changed' } end
redis.call('HSETNX', KEYS[2], 'seed', ARGV[3])
return { 'drawn', redis.call('HGET', KEYS[2], 'seed') }
