import { afterEach, describe, expect, it, vi } from 'vitest'

/** A page on which PortOne's module can be loaded; returns the addresses that were, and what its window was given. */
function stubPage(answer: object | undefined): { loaded: string[]; requests: object[] } {
  const loaded: string[] = []
  const requests: object[] = []
  const portone = {
    requestPayment: async (request: object) => {
      requests.push(request)
      return answer
    },
  }
  vi.stubGlobal('window', {})
  vi.stubGlobal('document', {
    documentElement: { lang: 'en' },
    createElement: () => {
      const script = {
        src: '',
        addEventListener: (event: string, act: () => void) => event === 'load' && acts.push(act),
      }
      const acts: (() => void)[] = []
      return Object.assign(script, { acts })
    },
    head: {
      append(script: { src: string; acts: (() => void)[] }) {
        loaded.push(script.src)
        vi.stubGlobal('window', { PortOne: portone })
        for (const act of script.acts) act()
      },
    },
  })
  return { loaded, requests }
}

async function open(answer: object | undefined) {
  const page = stubPage(answer)
  const { openWindow } = await import('./portone.ts')
  const parameters = {
    ...{
      storeId: 'store-1',
      channelKey: 'channel-key-1',
      paymentId: '7',
      orderName: '7',
      totalAmount: '132000',
    },
    ...{ currency: 'KRW', payMethod: 'VIRTUAL_ACCOUNT', 'virtualAccount.accountExpiry.validHours': '24' },
    'virtualAccount.cashReceiptType': 'ANONYMOUS',
  }
  const shown = { redirectUrl: 'https://naru.test/return', orderName: 'River Festival' }
  return { ...page, answer: await openWindow(parameters, shown) }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('the window of PortOne', () => {
  it('is loaded from PortOne and given what the server answer, with numbers and objects as it wants them', async () => {
    const { loaded, requests, answer } = await open({ paymentId: '7' })
    expect(loaded).toEqual(['https://cdn.portone.io/v2/browser-sdk.js'])
    expect(requests).toEqual([
      {
        ...{ storeId: 'store-1', channelKey: 'channel-key-1', paymentId: '7', totalAmount: 132_000 },
        ...{ currency: 'KRW', payMethod: 'VIRTUAL_ACCOUNT', locale: 'EN_US' },
        ...{ orderName: 'River Festival', redirectUrl: 'https://naru.test/return' },
        virtualAccount: { accountExpiry: { validHours: 24 }, cashReceiptType: 'ANONYMOUS' },
      },
    ])
    expect(answer).toBeUndefined()
  })

  it('tells the fan why it ended without a payment, and nothing when it left the page', async () => {
    expect((await open({ code: 'FAILURE', message: '사용자가 취소했습니다' })).answer).toBe(
      '사용자가 취소했습니다',
    )
    expect((await open(undefined)).answer).toBeUndefined()
  })
})
