-- Publishes that a payment is being charged, if this Redis holds units for it.
--   KEYS[1] hash this payment   KEYS[2] hash hold   KEYS[3] hash settings
--   ARGV[1] payment   ARGV[2] its hold   ARGV[3] channel on which changes are announced
-- Returns 'begun' | 'gone' (this Redis has the room, and holds nothing for the payment) | 'lost' (it holds nothing
-- either, but the room is absent or being restored, and the hold may be restored with it).

--#include room
--#include hold
--#include payment

local hold = read_hold(KEYS[2], ARGV[2])
if hold and hold.payment == ARGV[1] then
  redis.call('HSETNX', KEYS[1], 'account', hold.account)
  show_payment(KEYS[1], ARGV[3], ARGV[1], 'charging')
  return 'begun'
end
local settings = read_settings(KEYS[3])
if not settings or phase_at(settings, now_ms()) == 'restoring' then return 'lost' end
return 'gone'
