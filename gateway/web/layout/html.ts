import type { HtmlEscapedString } from 'hono/utils/html'

/** A fragment of a page, escaped by `html` of Hono; a promise when one of its parts is. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
