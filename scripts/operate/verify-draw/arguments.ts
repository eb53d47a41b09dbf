import * as z from 'zod'
import { RoomIdSchema } from '../../../shared/api/room-id.ts'
import { flag, option, readOptions, usageOf, WrongUsage } from '../read-options.ts'

const ROOM_PATH = /^(?:\/api)?\/rooms\/([^/]+)\/?$/
/** 22 characters hold 132 bits for a key of 128, so the last four are zero. */
const ENTRY_KEY = /^[\w-]{21}[AQgw]$/

const Sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256: 64 hex digits')
  .toLowerCase()
  .optional()
const EntryKeySchema = z
  .string()
  .regex(ENTRY_KEY, 'must be the key of an entry: 16 bytes as 22 characters of base64url')
  .optional()

const COMMAND = {
  start: 'npm run verify-draw --',
  about: 'Recomputes the draw of a room from what the room has published, and reports whether it is honest.',
  argument: {
    name: '<room URL>',
    about: 'https://host/rooms/{room} or https://host/api/rooms/{room}',
    ask: 'Which room? Give its URL',
    one: 'One room at a time',
  },
  options: z.object({
    entry: option(
      'KEY',
      'also reports the position of this entry (its key: 22 characters, base64url)',
      EntryKeySchema,
    ),
    commitment: option(
      'HEX',
      'the commitment you saw before the room opened; the published one must equal it',
      Sha256Schema,
    ),
    log: option('HEX', 'the hash of the log that you saw when the lobby closed, likewise', Sha256Schema),
    participants: option(
      'HEX',
      'the hash of those who take part that you saw when the lobby closed, likewise',
      Sha256Schema,
    ),
    json: flag('the report for machines'),
  }),
  exit: 'Exit status: 0 honest, 1 not honest, 2 wrong usage, 3 not drawn yet or cannot be read.',
}
export const USAGE = usageOf(COMMAND)

export type Arguments = {
  room: string
  /** `https://host/api/rooms/{room}`, without a slash at the end. */
  roomUrl: string
  /** 16 bytes, as base64url. */
  entryKey?: string
  /** 32 bytes, as small hex digits. */
  commitmentSeen?: string
  logHashSeen?: string
  participantsHashSeen?: string
  json: boolean
}

/** Parses the command line. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const read = readOptions(COMMAND, joinEntryKey(args))
  if (read === 'help') return read
  const { entry, commitment, log, participants, json } = read.options
  return {
    ...readRoomUrl(read.argument),
    ...(entry === undefined ? {} : { entryKey: entry }),
    ...(commitment === undefined ? {} : { commitmentSeen: commitment }),
    ...(log === undefined ? {} : { logHashSeen: log }),
    ...(participants === undefined ? {} : { participantsHashSeen: participants }),
    json,
  }
}

function readRoomUrl(text: string): Pick<Arguments, 'room' | 'roomUrl'> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === ''
  const { success, data: room } = RoomIdSchema.safeParse(
    isWeb ? ROOM_PATH.exec(url.pathname)?.[1] : undefined,
  )
  if (!isWeb || !success) {
    throw new WrongUsage(`"${text}" is not the URL of a room: https://host/rooms/{room}`)
  }
  return { room, roomUrl: `${url.origin}/api/rooms/${room}` }
}

/** One key in 64 begins with a hyphen, which `parseArgs` accepts only after an equals sign. */
function joinEntryKey(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    if (joined.at(-1) === '--entry' && ENTRY_KEY.test(arg)) joined[joined.length - 1] = `--entry=${arg}`
    else joined.push(arg)
  }
  return joined
}
