import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { actionName, fieldName } from '../../../gateway/web/organiser/live/describe.ts'
import { organiserLiveText } from '../../../gateway/web/organiser/text/organiser-live.ts'
import { NewFestivalSchema, NewTicketTypeSchema } from '../../../shared/api/admin-festivals.ts'

const TEXTS = Object.values(organiserLiveText)

/** The names of the audit log's actions, from the sources that record them. */
function recordedActions(): string[] {
  const sources = globSync('origin/**/*.ts').filter((path) => !path.includes('test'))
  const found = sources
    .map((path) => readFileSync(path, 'utf8'))
    .filter((source) => source.includes('recordChange'))
    .flatMap((source) => [...source.matchAll(/action: '([a-z-]+\.[a-z-]+)'/g)])
  return [...new Set(found.map(([, action = '']) => action))]
}

it('the change log has messages for every action that is recorded', () => {
  const actions = recordedActions()
  expect(actions).toContain('festival.change')
  expect(TEXTS.flatMap((text) => actions.filter((action) => actionName(action, text) === action))).toEqual([])
})

it('the change log has messages for every field of festivals, rooms and ticket types', () => {
  const { shape } = NewFestivalSchema
  const parts = [shape, shape.description.unwrap().shape, shape.room.shape, NewTicketTypeSchema.shape]
  const names = parts.flatMap((part) => Object.keys(part))
  expect(names).toEqual(expect.arrayContaining(['timeZone', 'ko', 'graceSeconds', 'refundUntil']))
  expect(TEXTS.flatMap((text) => names.filter((name) => fieldName(name, text) === name))).toEqual([])
})
