import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.ts'
import { readGatewayUrl } from './gateway-url.ts'

describe('the command line', () => {
  it('requires only a CSV file', () => {
    expect(readArguments(['sale.csv'])).toEqual({
      csvPath: 'sale.csv',
      times: 1,
      gatewayUrl: undefined,
      festival: undefined,
      seed: 1,
      bankShare: 0,
      json: false,
      remote: false,
      fansMax: 20_000,
      runMsMax: 900_000,
      connectionsMax: 8192,
    })
  })

  it('accepts all options', () => {
    const line =
      '--times 20 sale.csv --gateway http://127.0.0.1:1 --festival harbour --seed 7 --json --minutes-max 2 --failover-at 9 --bank 20'
    expect(readArguments(line.split(' '))).toMatchObject({
      csvPath: 'sale.csv',
      times: 20,
      gatewayUrl: 'http://127.0.0.1:1',
      festival: 'harbour',
      seed: 7,
      json: true,
      runMsMax: 120_000,
      failOverAtMs: 9000,
      bankShare: 0.2,
    })
  })

  it('requests the help', () => {
    expect(readArguments(['--help'])).toBe('help')
  })

  it.each([
    ['', 'Name its CSV file'],
    ['a.csv b.csv', '"b.csv" is too many'],
    ['a.csv --times 0', '--times must be a whole number from 1 to 1000, not "0"'],
    ['a.csv --times 1.5', '--times must be'],
    ['a.csv --seed -1', "Option '--seed' argument is ambiguous"],
    ['a.csv --seed abc', '--seed must be a whole number from 0 to 4294967295, not "abc"'],
    ['a.csv --failover-at 0', '--failover-at must be a whole number from 1 to 3600'],
    ['a.csv --bank 101', '--bank must be a whole number from 0 to 100'],
    ['a.csv --fast', "Unknown option '--fast'"],
    ['a.csv --json=yes', '--json'],
  ])('is refused with the reason: %j', (line, message) => {
    expect(() => readArguments(line === '' ? [] : line.split(' '))).toThrow(message)
  })
})

describe('the gateway', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.1:8080/', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://LOCALHOST', 'http://localhost'],
    ['https://127.255.0.1', 'https://127.255.0.1'],
  ])('may be on this machine: %s', (text, origin) => {
    expect(readGatewayUrl(text, false)).toBe(origin)
  })

  it.each([
    'http://192.0.2.1:8080',
    'http://tickets.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://0.0.0.0:8080',
    'http://[::ffff:192.0.2.1]',
    'http://128.0.0.1',
  ])('is refused anywhere else, unless that is meant: %s', (text) => {
    expect(() => readGatewayUrl(text, false)).toThrow('is not on this machine')
    expect(readGatewayUrl(text, true)).toBe(new URL(text).origin)
  })

  it.each([
    'tickets',
    'ftp://127.0.0.1',
    'http://127.0.0.1/api',
    'http://me@127.0.0.1',
    'http://127.0.0.1?x',
  ])('is a scheme, a host and a port: not %s', (text) => {
    expect(() => readGatewayUrl(text, true)).toThrow(text)
  })
})
