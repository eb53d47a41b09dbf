import { z } from 'zod'

/** A table of a snapshot in `migrations/meta`, as far as origins of the previous version depend on it. */
const TableSchema = z.object({
  columns: z.record(
    z.string(),
    z.object({
      type: z.string(),
      notNull: z.boolean(),
      autoincrement: z.boolean().optional(),
      default: z.unknown().optional(),
      generated: z.unknown().optional(),
    }),
  ),
  indexes: z.record(z.string(), z.object({ columns: z.array(z.string()), isUnique: z.boolean() })),
  foreignKeys: z.record(z.string(), z.unknown()),
})

export const SnapshotSchema = z.object({ tables: z.record(z.string(), TableSchema) })
type Table = z.infer<typeof TableSchema>
type Column = Table['columns'][string]

/**
 * What the step from one schema to the next takes from origins of the previous version, which serve on while it is
 * migrated and after a rollout that failed: a sentence for each. Empty where the step only expands.
 */
export function findContractions(
  before: z.infer<typeof SnapshotSchema>,
  after: z.infer<typeof SnapshotSchema>,
): string[] {
  return Object.entries(before.tables).flatMap(([name, table]) => {
    const next = after.tables[name]
    if (next === undefined) return [`the table ${name} is removed`]
    return [
      ...Object.entries(table.columns).flatMap(([column, old]) =>
        contractionOf(`${name}.${column}`, old, next.columns[column]),
      ),
      ...Object.keys(next.columns)
        .filter((column) => table.columns[column] === undefined && !canBeOmitted(next.columns[column]))
        .map(
          (column) =>
            `the new column ${name}.${column} needs a value that the previous version does not write`,
        ),
      ...newRules(name, table, next),
    ]
  })
}

function contractionOf(name: string, before: Column, after: Column | undefined): string[] {
  if (after === undefined) return [`the column ${name} is removed`]
  const found = widens(before.type, after.type) ? [] : [`the column ${name} changes its type: ${after.type}`]
  if (!before.notNull && after.notNull) found.push(`the column ${name} refuses null`)
  if (canBeOmitted(before) && !canBeOmitted(after)) found.push(`the column ${name} loses its default`)
  return found
}

/** Whether an INSERT that does not name the column is accepted. */
function canBeOmitted(column: Column | undefined): boolean {
  if (column === undefined || !column.notNull) return true
  return column.default !== undefined || column.generated !== undefined || column.autoincrement === true
}

const ENUM = /^enum\((.*)\)$/
const LENGTH = /^((?:var)?(?:char|binary))\((\d+)\)(.*)$/

/** Whether each value of the type before is one of the type after: equal, an enum with new last values, or longer. */
function widens(before: string, after: string): boolean {
  if (before === after) return true
  const values = [before, after].map((type) => ENUM.exec(type)?.[1])
  if (values[0] !== undefined && values[1] !== undefined) return values[1].startsWith(`${values[0]},`)
  const [shorter, longer] = [LENGTH.exec(before), LENGTH.exec(after)]
  if (shorter === null || longer === null || !shorter[1]?.startsWith('var')) return false
  return shorter[1] === longer[1] && shorter[3] === longer[3] && Number(shorter[2]) <= Number(longer[2])
}

/** Unique indexes and foreign keys on columns that the previous version writes may refuse what it writes. */
function newRules(name: string, before: Table, after: Table): string[] {
  const unique = Object.entries(after.indexes)
    .filter(([index, { isUnique }]) => isUnique && before.indexes[index]?.isUnique !== true)
    .filter(([, { columns }]) => columns.every((column) => before.columns[column] !== undefined))
    .map(([index]) => `the unique index ${index} of ${name} may refuse rows of the previous version`)
  const keys = Object.keys(after.foreignKeys)
    .filter((key) => before.foreignKeys[key] === undefined)
    .filter((key) => Object.keys(before.columns).some((column) => key.startsWith(`${name}_${column}_`)))
    .map((key) => `the foreign key ${key} may refuse rows of the previous version`)
  return [...unique, ...keys]
}
