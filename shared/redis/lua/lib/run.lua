-- Whether the run that a room's settings name is the one that this Redis is in; '' takes it for that. A server forgets
-- after an hour without a replica where it once took over (`run@offset`), and is the same run.
local function is_run(written, run)
  return run == '' or not written or written == run or string.sub(written, 1, #run + 1) == run .. '@'
end
