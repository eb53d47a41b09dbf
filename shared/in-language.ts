/** The languages of pages, e-mails and exports. */
export type Language = 'ko' | 'en'

/** A default name, and translations for pages in a language. */
export type Named = { name: string; nameKo?: string | null | undefined; nameEn?: string | null | undefined }
export type Placed = {
  place: string
  placeKo?: string | null | undefined
  placeEn?: string | null | undefined
}

const NAMES = { ko: 'nameKo', en: 'nameEn' } as const
const PLACES = { ko: 'placeKo', en: 'placeEn' } as const

/** The name in a language, or the default name. */
export function nameIn(named: Named, language: Language): string {
  return named[NAMES[language]] ?? named.name
}

function placeIn(placed: Placed, language: Language): string {
  return placed[PLACES[language]] ?? placed.place
}

/** A festival with its names in one language instead of the default ones. */
export function inLanguage<F extends Named & Placed & { ticketTypes: readonly Named[] }>(
  festival: F,
  language: Language,
): F {
  return {
    ...festival,
    name: nameIn(festival, language),
    place: placeIn(festival, language),
    ticketTypes: festival.ticketTypes.map((type) => ({ ...type, name: nameIn(type, language) })),
  }
}
