/** Tickets are personal: the browser's cached pages are cleared when the session ends. */
export const TICKETS_CACHE = 'naru-tickets'
/** Festivals' pages show which tickets their fan has. */
export const FESTIVALS_CACHE = 'naru-festivals'

/** The name of the cache that contains a page and the files that it uses. */
export function cacheOf(cache: string, path: string): string {
  return `${cache} ${path}`
}

/** The names of the caches of all pages under a prefix. */
export async function cacheNames(cache: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(cacheOf(cache, '')))
}

export async function forgetPages(cache: string): Promise<void> {
  await Promise.all((await cacheNames(cache)).map((name) => caches.delete(name)))
}
