/**
 * In the tag of what a page says only where it is a copy that a browser kept: the service worker puts the second in place
 * of the first when it keeps the page, with the time as its value.
 */
export const COPY_MARK = { hidden: 'data-copy hidden', shown: 'data-copy' } as const
