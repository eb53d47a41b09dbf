import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { findContractions, SnapshotSchema } from './testing/contractions.ts'

const META = new URL('./migrations/meta/', import.meta.url)

/**
 * Migrations that contract, by number, with what they take from origins of the previous version. A new one belongs here
 * a version after the last reader and writer of what it removes.
 */
const CONTRACT_STEPS: Record<string, readonly string[]> = {}

/** Upgrading from before 0023 needs the steps of OPERATIONS.md ("Upgrading"); from there on old and new run together. */
const FIRST_CHECKED = 24

const column = { type: 'varchar(10)', notNull: true }
const table = { columns: { id: column }, indexes: {}, foreignKeys: {} }
const schemaOf = (changed: object) => SnapshotSchema.parse({ tables: { orders: { ...table, ...changed } } })

describe('a step of the schema', () => {
  it.each([
    ['adds a table', { tables: { orders: table, refunds: table } }],
    ['adds a column that may be null', { columns: { id: column, note: { type: 'text', notNull: false } } }],
    [
      'adds a column with a default',
      { columns: { id: column, n: { type: 'int', notNull: true, default: 0 } } },
    ],
    ['makes a text longer', { columns: { id: { type: 'varchar(20)', notNull: true } } }],
    ['adds an index', { indexes: { by_id: { columns: ['id'], isUnique: false } } }],
    [
      'adds a unique index of a new column',
      {
        columns: { id: column, note: { type: 'text', notNull: false } },
        indexes: { by_note: { columns: ['note'], isUnique: true } },
      },
    ],
  ])('expands when it %s', (_, changed) => {
    const after = 'tables' in changed ? SnapshotSchema.parse(changed) : schemaOf(changed)
    expect(findContractions(schemaOf({}), after)).toEqual([])
  })

  it.each([
    ['removes a column', { columns: {} }, 'the column orders.id is removed'],
    ['makes a text shorter', { columns: { id: { type: 'varchar(9)', notNull: true } } }, 'changes its type'],
    [
      'needs a new value',
      { columns: { id: column, n: { type: 'int', notNull: true } } },
      'orders.n needs a value',
    ],
    ['makes values unique', { indexes: { by_id: { columns: ['id'], isUnique: true } } }, 'may refuse rows'],
    ['refers to another table', { foreignKeys: { orders_id_payments_id_fk: {} } }, 'may refuse rows'],
  ])('contracts when it %s', (_, changed, what) => {
    expect(findContractions(schemaOf({}), schemaOf(changed))).toEqual([expect.stringContaining(what)])
  })

  it.each([
    ['refuses null', { type: 'text', notNull: false }, { type: 'text', notNull: true, default: '' }],
    ['loses its default', { type: 'int', notNull: true, default: 0 }, { type: 'int', notNull: true }],
    [
      'changes its type',
      { type: "enum('a','b')", notNull: true },
      { type: "enum('b','a','c')", notNull: true },
    ],
  ])('contracts when a column %s', (what, before, after) => {
    const found = findContractions(schemaOf({ columns: { n: before } }), schemaOf({ columns: { n: after } }))
    expect(found).toEqual([expect.stringContaining(what)])
  })

  it('contracts when it removes a table', () => {
    expect(findContractions(schemaOf({}), { tables: {} })).toEqual(['the table orders is removed'])
  })
})

it('takes nothing from origins of the previous version in any migration but the contract steps', async () => {
  const names = (await readdir(META)).filter((name) => name.endsWith('_snapshot.json')).sort()
  const snapshots = await Promise.all(
    names.map(async (name) => ({
      number: name.slice(0, 4),
      schema: SnapshotSchema.parse(JSON.parse(await readFile(new URL(name, META), 'utf8'))),
    })),
  )
  const found = snapshots.slice(1).flatMap(({ number, schema }, index) => {
    const before = snapshots[index]
    if (before === undefined || Number(number) < FIRST_CHECKED) return []
    const steps = findContractions(before.schema, schema)
    return steps.length === 0 ? [] : [[number, steps] as const]
  })
  expect(Object.fromEntries(found)).toEqual(CONTRACT_STEPS)
})
