import { parseArgs } from 'node:util'
import { RoomIdSchema } from '../../shared/room-id.ts'

export const USAGE = `Recomputes the draw of a room from what the room has published, and says whether it is honest.

  npm run verify-draw -- <room URL> [--entry KEY] [--commitment HEX] [--log HEX]
                         [--participants HEX] [--json]

  <room URL>         https://host/rooms/{room} or https://host/api/rooms/{room}
  --entry KEY        also says where this entry stands (its key: 22 characters, base64url)
  --commitment HEX   the commitment you saw before the room opened; the published one must equal it
  --log HEX          the hash of the log that you saw when the lobby closed, likewise
  --participants HEX the hash of those who take part that you saw when the lobby closed, likewise
  --json             the report for machines

Exit status: 0 honest, 1 not honest, 2 wrong usage, 3 not drawn yet or cannot be read.`

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

/** Arguments that make no sense; the message says which. */
export class WrongUsage extends Error {}

const ROOM_PATH = /^(?:\/api)?\/rooms\/([^/]+)\/?$/
/** 128 bits in 22 characters leave four bits over, which are zero. */
const ENTRY_KEY = /^[\w-]{21}[AQgw]$/
const SHA256_HEX = /^[0-9a-f]{64}$/i

/** What the command line asks for. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parse(joinEntryKey(args))
  const { entry, json, help } = values
  if (help) return 'help'
  const [roomUrl, ...more] = positionals
  if (roomUrl === undefined) throw new WrongUsage('Which room? Give its URL')
  if (more.length > 0) throw new WrongUsage(`One room at a time; "${more[0]}" is too many`)
  if (entry !== undefined && !ENTRY_KEY.test(entry)) {
    throw new WrongUsage('--entry must be the key of an entry: 16 bytes as 22 characters of base64url')
  }
  return {
    ...readRoomUrl(roomUrl),
    ...(entry === undefined ? {} : { entryKey: entry }),
    ...readHash('commitmentSeen', '--commitment', values.commitment),
    ...readHash('logHashSeen', '--log', values.log),
    ...readHash('participantsHashSeen', '--participants', values.participants),
    json,
  }
}

function readHash(
  name: 'commitmentSeen' | 'logHashSeen' | 'participantsHashSeen',
  option: string,
  value: string | undefined,
): Partial<Arguments> {
  if (value === undefined) return {}
  if (!SHA256_HEX.test(value)) throw new WrongUsage(`${option} must be a SHA-256: 64 hex digits`)
  return { [name]: value.toLowerCase() }
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

/** One key in 64 begins with a hyphen, which `parseArgs` takes only with an equals sign before it. */
function joinEntryKey(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    if (joined.at(-1) === '--entry' && ENTRY_KEY.test(arg)) joined[joined.length - 1] = `--entry=${arg}`
    else joined.push(arg)
  }
  return joined
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        entry: { type: 'string' },
        commitment: { type: 'string' },
        log: { type: 'string' },
        participants: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    })
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}
