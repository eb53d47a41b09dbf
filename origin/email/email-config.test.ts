import { describe, expect, it } from 'vitest'
import { ConfigError, createEnvReader, type Env } from '../../shared/runtime/env.ts'
import { readEmailConfig } from './email-config.ts'

function mailOf(env: Env, publicUrl = 'http://localhost:8080') {
  const read = createEnvReader(env)
  const mail = readEmailConfig(read, publicUrl)
  read.done()
  return mail
}

describe('the way e-mails are sent', () => {
  it('is a mail server, from an address of the site unless told otherwise', () => {
    const MAIL_URL = 'smtps://user:secret@mail.example.org:465'
    expect(mailOf({ MAIL_URL }, 'https://tickets.example.org')).toEqual({
      way: 'smtp',
      url: MAIL_URL,
      from: 'Naru <no-reply@tickets.example.org>',
    })
    expect(mailOf({ MAIL_URL, MAIL_FROM: 'Shop <shop@example.org>' })).toMatchObject({
      from: 'Shop <shop@example.org>',
    })
  })

  it('is none when nothing is said', () => {
    expect(mailOf({})).toEqual({ way: 'none' })
  })

  it.each(['http://localhost:1', 'http://127.0.0.1:8080', 'http://[::1]:8080'])(
    'is a folder at %s',
    (url) => {
      expect(mailOf({ MAIL_FOLDER: '/mail' }, url)).toEqual({ way: 'folder', folder: '/mail' })
    },
  )

  it.each<[string, Env, string?]>([
    ['a folder of a public site', { MAIL_FOLDER: '/mail' }, 'https://tickets.example.org'],
    [
      'a folder of a site that only looks like this machine',
      { MAIL_FOLDER: '/mail' },
      'http://127.0.0.1.example.org',
    ],
    ['a folder besides a mail server', { MAIL_FOLDER: '/mail', MAIL_URL: 'smtp://localhost' }],
    ['a mail server that speaks something else', { MAIL_URL: 'https://mail.example.org' }],
  ])('is not %s', (_, env, publicUrl) => {
    expect(() => mailOf(env, publicUrl)).toThrow(ConfigError)
  })
})
