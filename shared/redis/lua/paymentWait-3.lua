-- Shows a payment as waiting for its fan, and takes it out of the stream, after MySQL has it so. Its hold stays and does
-- not expire. Safe to repeat, in any epoch: one that this Redis holds nothing for is only taken out, and MySQL shows it.
--   KEYS[1] hash this payment   KEYS[2] hash hold   KEYS[3] stream payments
--   ARGV[1] payment   ARGV[2] its hold   ARGV[3] what the fan has to do, as JSON
--   ARGV[4] channel on which changes are announced
--   ARGV[5] consumer group   ARGV[6] stream entry, or '' for a payment without one
-- Returns 1 when it was shown, 0 when it was shown before or has ended.

--#include hold
--#include payment
--#include stream

local shown = false
local hold = read_hold(KEYS[2], ARGV[2])
if hold and hold.payment == ARGV[1] then
  redis.call('HSETNX', KEYS[1], 'account', hold.account)
  -- Before the state is announced: who hears of it reads both.
  local replaced = redis.call('HGET', KEYS[1], 'required') ~= ARGV[3]
  redis.call('HSET', KEYS[1], 'required', ARGV[3])
  shown = show_payment(KEYS[1], ARGV[4], ARGV[1], 'action')
  if replaced and not shown then redis.call('PUBLISH', ARGV[4], ARGV[1]) end
end
if ARGV[6] ~= '' then drop_entry(KEYS[3], ARGV[5], ARGV[6], ARGV[1]) end
return shown and 1 or 0
