import { customType, datetime } from 'drizzle-orm/mysql-core'

/** A UUID as text: 36 bytes in ASCII, compared byte by byte. */
export const uuid = customType<{ data: string }>({
  dataType: () => 'char(36) character set ascii collate ascii_bin',
})

/** An identifier (a slug, a token of the provider): ASCII, compared byte by byte. */
export const word = customType<{ data: string; configRequired: true; config: { length: number } }>({
  dataType: ({ length }) => `varchar(${length}) character set ascii collate ascii_bin`,
})

/** An instant in UTC, to the millisecond. DATETIME, because TIMESTAMP ends in 2038. */
export const instant = (name: string) => datetime(name, { mode: 'date', fsp: 3 })

/** A value stored as JSON. MySQL returns it parsed, MariaDB as the stored text. */
export const structure = <T>(name: string) =>
  customType<{ data: T; driverData: string | T }>({
    dataType: () => 'json',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => (typeof value === 'string' ? (JSON.parse(value) as T) : value),
  })(name)

/** Bytes, up to 16 MiB. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'mediumblob' })
