-- Fixes the seed of a room's draw, once. Every gateway works out the same; the first one writes it.
--   KEYS[1] hash admission   ARGV[1] how many entries the seed was worked out for   ARGV[2] seed in hex
-- Returns {'drawn', seed} with the seed that holds from now on | {'changed'} (the draw is among other entries).

if redis.call('HGET', KEYS[1], 'lobbyEntries') ~= ARGV[1] then return { 'changed' } end
redis.call('HSETNX', KEYS[1], 'seed', ARGV[2])
return { 'drawn', redis.call('HGET', KEYS[1], 'seed') }
