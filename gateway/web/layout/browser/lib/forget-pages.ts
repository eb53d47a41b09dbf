/** Tickets are about a person: what the browser keeps of them goes with their session. */
export const TICKETS_KEPT = 'naru-tickets'
/** Festivals' pages say which tickets their fan has. */
export const FESTIVALS_KEPT = 'naru-festivals'

/** The name of the cache that a page is kept in, alone with the files that it is made of. */
export function cacheOf(kept: string, path: string): string {
  return `${kept} ${path}`
}

/** The names of the caches of all pages that are kept under a name. */
export async function keptCaches(kept: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(cacheOf(kept, '')))
}

export async function forgetPages(kept: string): Promise<void> {
  await Promise.all((await keptCaches(kept)).map((name) => caches.delete(name)))
}
