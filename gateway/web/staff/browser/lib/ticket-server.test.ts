import { expect, it, vi } from 'vitest'
import type { Answer } from '../../../layout/browser/lib/api.ts'
import { createGateServer } from './ticket-server.ts'

const DONE: Answer<string> = { status: 'done', body: 'in' }
const refused = (status: number): Answer<string> => ({
  status: 'refused',
  problem: { type: '', title: '', status, code: 'forbidden' },
})

function openServer() {
  const forget = vi.fn(async () => {})
  const onChange = vi.fn()
  return { server: createGateServer({ forget, onChange }), forget, onChange }
}

it('counts the server as unavailable when no response comes in time, until the next one does', async () => {
  const { server, onChange } = openServer()
  const silent = new Promise<Answer<string>>(() => {})
  expect(await server.waitFor(silent, { patienceMs: 1 })).toEqual({ status: 'unavailable' })
  expect(server.isUnavailable).toBe(true)
  expect(await server.waitFor(Promise.resolve(DONE))).toEqual(DONE)
  expect(server.isUnavailable).toBe(false)
  expect(onChange).toHaveBeenCalledTimes(2)
})

it('counts a server that fails as unavailable, and one that refuses a scan as available', async () => {
  const { server } = openServer()
  await server.waitFor(Promise.resolve(refused(503)))
  expect(server.isUnavailable).toBe(true)
  await server.waitFor(Promise.resolve(refused(422)))
  expect(server.isUnavailable).toBe(false)
})

it.each([401, 403])('forgets what only staff may have once the server answers %i', async (status) => {
  const { server, forget } = openServer()
  await server.waitFor(Promise.resolve(refused(status)))
  expect(server.isForbidden).toBe(true)
  expect(forget).toHaveBeenCalledOnce()
})

it('does not take a response that any member of the team gets for the right to check in', async () => {
  const { server } = openServer()
  await server.forbid()
  await server.waitFor(Promise.resolve(DONE), { isForTeam: true })
  expect(server.isForbidden).toBe(true)
  await server.waitFor(Promise.resolve(DONE))
  expect(server.isForbidden).toBe(false)
})
