import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { publicUrl } from '../../shared/http/public-url.ts'
import { ConfigError, type Env, readVariables, withRules } from '../../shared/runtime/env.ts'
import { EMAIL_RULES, EMAIL_VARIABLES, emailConfigOf } from './email-config.ts'

const schema = withRules(z.object({ ...EMAIL_VARIABLES, GATEWAY_PUBLIC_URL: publicUrl() }), EMAIL_RULES)

function emailOf(env: Env, site = 'http://localhost:8080') {
  return emailConfigOf(readVariables(schema, { ...env, GATEWAY_PUBLIC_URL: site }), site)
}

describe('the e-mail transport', () => {
  it('is a mail server, with a sender of the site unless another is configured', () => {
    const EMAIL_URL = 'smtps://user:secret@mail.example.org:465'
    expect(emailOf({ EMAIL_URL }, 'https://tickets.example.org')).toEqual({
      way: 'smtp',
      url: EMAIL_URL,
      from: 'Naru <no-reply@tickets.example.org>',
    })
    expect(emailOf({ EMAIL_URL, EMAIL_FROM: 'Shop <shop@example.org>' })).toMatchObject({
      from: 'Shop <shop@example.org>',
    })
  })

  it('is none by default', () => {
    expect(emailOf({})).toEqual({ way: 'none' })
  })

  it.each(['http://localhost:1', 'http://127.0.0.1:8080', 'http://[::1]:8080'])(
    'is a folder at %s',
    (url) => {
      expect(emailOf({ EMAIL_FOLDER: '/mail' }, url)).toEqual({ way: 'folder', folder: '/mail' })
    },
  )

  it.each<[string, string, Env, string?]>([
    ['EMAIL_FOLDER', 'a folder of a public site', { EMAIL_FOLDER: '/mail' }, 'https://tickets.example.org'],
    [
      'EMAIL_FOLDER',
      'a folder of a site with the name of this machine in a longer name',
      { EMAIL_FOLDER: '/mail' },
      'https://127.0.0.1.example.org',
    ],
    [
      'EMAIL_FOLDER',
      'a folder in addition to a mail server',
      { EMAIL_FOLDER: '/mail', EMAIL_URL: 'smtp://localhost' },
    ],
    ['EMAIL_URL', 'a mail server with another protocol', { EMAIL_URL: 'https://mail.example.org' }],
  ])('is rejected with the name of %s when it is %s', (name, _, env, site) => {
    const problems = (() => {
      try {
        emailOf(env, site)
        return []
      } catch (error) {
        if (error instanceof ConfigError) return error.problems
        throw error
      }
    })()
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))])
  })
})
