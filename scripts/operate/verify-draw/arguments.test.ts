import { describe, expect, it } from 'vitest'
import { WrongUsage } from '../read-options.ts'
import { readArguments } from './arguments.ts'

const URL_OF_ROOM = 'https://naru.example/api/rooms/naru-test'
const KEY = 'AAAAAAAAAAAAAAAAAAAAAA'

describe('the arguments of a verification', () => {
  it.each([
    URL_OF_ROOM,
    'https://naru.example/rooms/naru-test',
    'https://naru.example/rooms/naru-test/',
    'https://naru.example/rooms/naru-test?from=mail#draw',
  ])('may name a room as %s', (url) => {
    expect(readArguments([url])).toEqual({ room: 'naru-test', roomUrl: URL_OF_ROOM, json: false })
  })

  it('may name an entry, a commitment and JSON', () => {
    const args = [URL_OF_ROOM, '--entry', KEY, '--commitment', 'AB'.repeat(32), '--json']
    expect(readArguments(args)).toMatchObject({
      entryKey: KEY,
      commitmentSeen: 'ab'.repeat(32),
      json: true,
    })
  })

  it('may name an entry whose key begins with a hyphen', () => {
    const key = `-${KEY.slice(1)}`
    expect(readArguments([URL_OF_ROOM, '--entry', key])).toMatchObject({ entryKey: key })
    expect(readArguments([URL_OF_ROOM, `--entry=${key}`])).toMatchObject({ entryKey: key })
  })

  it('may request the help', () => {
    expect(readArguments(['--help'])).toBe('help')
  })

  it.each([
    [[]],
    [['naru-test']],
    [['ftp://naru.example/rooms/naru-test']],
    [['https://a:b@naru.example/rooms/naru-test']],
    [['https://naru.example/festivals/naru-test']],
    [['https://naru.example/api/rooms/naru-test/draw']],
    [['https://naru.example/rooms/Naru%20Test']],
    [[URL_OF_ROOM, URL_OF_ROOM]],
    [[URL_OF_ROOM, '--entry', 'short']],
    [[URL_OF_ROOM, '--entry', `${KEY.slice(1)}B`]],
    [[URL_OF_ROOM, '--commitment', 'ab']],
    [[URL_OF_ROOM, '--fast']],
  ])('may not be %j', (args) => {
    expect(() => readArguments(args)).toThrow(WrongUsage)
  })
})
