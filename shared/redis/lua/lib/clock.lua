-- Milliseconds since the epoch by Redis' own clock, the only one that decides.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
