import { describe, expect, it } from 'vitest'
import { flashQuery, readFacts } from './refusal-facts.ts'
import { flashText } from './text/flash.ts'

const NOW = Date.parse('2026-07-01T10:00:00Z')

/** What a page shows some time after a refusal redirected to its address. */
function shown(problem: Parameters<typeof flashQuery>[0], laterMs: number, language: 'en' | 'ko' = 'en') {
  const query = new URLSearchParams(flashQuery(problem, NOW))
  const facts = readFacts((name) => query.get(name) ?? undefined, NOW + laterMs)
  return flashText(query.get('flash') ?? undefined, language, facts)
}

describe('a refusal with a time to wait', () => {
  const paused = { code: 'payment-paused', retryAfterSeconds: 45 }

  it('is shown with the remaining seconds, fewer after a reload, and not at all when they are over', () => {
    expect(shown(paused, 0)).toBe(
      'Your last payments were declined or cancelled. You can try again in 45 seconds; your tickets are still reserved.',
    )
    expect(shown(paused, 44_000)).toContain('in 1 second;')
    expect(shown(paused, 45_000)).toBeUndefined()
  })

  it('is shown in minutes when it is longer, and in Korean', () => {
    expect(shown({ code: 'too-many', retryAfterSeconds: 61 }, 0)).toContain('in 2 minutes.')
    expect(shown(paused, 0, 'ko')).toContain('45초 뒤에 다시 시도해 주세요.')
  })

  it('names the limit of a network', () => {
    const full = { code: 'network-full', retryAfterSeconds: 600, limit: 20 }
    expect(shown(full, 0)).toBe(
      'The 20 people that one network may bring have joined this queue from your network. Please join from another network, such as mobile data, or try again in 10 minutes.',
    )
    expect(shown(full, 0, 'ko')).toContain('허용된 20명이 이미 참여했습니다.')
  })

  it('is shown without numbers when the address contains no valid ones', () => {
    const words = (query: Record<string, string>) =>
      flashText(
        'room-full',
        'en',
        readFacts((name) => query[name], NOW),
      )
    expect(words({})).toBe('The waiting room is full right now. Please try again in half a minute.')
    expect(words({ retry: 'soon', limit: '-1' })).toBe(words({}))
  })
})
