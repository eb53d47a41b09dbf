import { describe, expect, it } from 'vitest'
import { WrongUsage } from '../read-options.ts'
import { readArguments } from './arguments.ts'

describe('the arguments of an audit', () => {
  it('may be empty', () => {
    expect(readArguments([])).toEqual({ waitSeconds: 10, json: false })
  })

  it('may name a festival, a time to wait and JSON', () => {
    const args = ['--festival', 'a-festival', '--wait', '0', '--json']
    expect(readArguments(args)).toEqual({ festival: 'a-festival', waitSeconds: 0, json: true })
  })

  it('may request the help', () => {
    expect(readArguments(['--help'])).toBe('help')
  })

  it.each([
    ['--fast'],
    ['a-festival'],
    ['--wait', 'long'],
    ['--wait', '-1'],
    ['--wait', '3601'],
    ['--festival'],
  ])('may not be %s %s', (...args) => {
    expect(() => readArguments(args)).toThrow(WrongUsage)
  })
})
