import type { BrowserContextOptions } from 'playwright-core'

/** A variant in which pages are captured. */
export type Variant = {
  device: 'phone' | 'desktop'
  scheme: 'light' | 'dark'
  language: 'ko' | 'en'
}

const DEVICES = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
} satisfies Record<Variant['device'], BrowserContextOptions>

export const VARIANTS: readonly Variant[] = (['phone', 'desktop'] as const).flatMap((device) =>
  (['light', 'dark'] as const).flatMap((scheme) =>
    (['ko', 'en'] as const).map((language) => ({ device, scheme, language })),
  ),
)

export function nameOf({ device, scheme, language }: Variant): string {
  return `${device}-${scheme}-${language}`
}

/** The options of a browser's context for a variant. */
export function contextOf({ device, scheme, language }: Variant): BrowserContextOptions {
  return {
    ...DEVICES[device],
    colorScheme: scheme,
    locale: language === 'ko' ? 'ko-KR' : 'en-GB',
    timezoneId: 'Asia/Seoul',
  }
}
