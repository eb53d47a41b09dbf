/**
 * Attributes of notices that are shown only on a cached copy: when it stores a page, the service worker replaces the
 * first with the second, with the time as its value.
 */
export const COPY_MARK = { hidden: 'data-copy hidden', shown: 'data-copy' } as const
