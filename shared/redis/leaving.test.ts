import { expect, it } from 'vitest'
import { createLeaving } from './leaving.ts'

it.each([
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'NOREPLICAS Not enough good replicas to write.',
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  "ERR Error running script (call to f_1): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica.",
])('H9: a connection is left when it answers "%s"', (message) => {
  expect(createLeaving()(new Error(message))).toBe(true)
})

it.each([
  "OOM command not allowed when used memory > 'maxmemory'.",
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'MOVED 3999 127.0.0.1:6381',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  'READONLYX',
])('H9: a connection is kept when it answers "%s"', (message) => {
  expect(createLeaving()(new Error(message))).toBe(false)
})

it('H9: does not reconnect with every write to a Redis that stays a replica', () => {
  const leave = createLeaving()
  const error = new Error("READONLY You can't write against a read only replica.")
  expect([leave(error), leave(error), leave(error)]).toEqual([true, false, false])
})
