-- Opens a new epoch over the data that is there, after Redis was started again: what it lost of its last second is
-- restored by gateways and fans (roomRestore) before anyone enters or is called.
--   KEYS[1] hash settings   KEYS[2] string rebuild
--   ARGV[1] token of the builder   ARGV[2] epoch   ARGV[3] milliseconds of restoring   ARGV[4] ID of this run of Redis
-- Returns {'reopened'} | {'superseded'} (the builder has lost its lease).

--#include room
--#include recall

if redis.call('GET', KEYS[2]) ~= ARGV[1] then return { 'superseded' } end
-- The stock stays the one that was counted in its own epoch, and with it the notes of orders being cancelled.
redis.call('HSETNX', KEYS[1], 'stockEpoch', redis.call('HGET', KEYS[1], 'epoch'))
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'runId', ARGV[4],
  'restoringUntil', string.format('%.0f', restoring_ends(now_ms(), tonumber(ARGV[3]))))
redis.call('DEL', KEYS[2])
return { 'reopened' }
