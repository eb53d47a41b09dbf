import type { RouteConfig, z } from '@hono/zod-openapi'

/** The values of a route's path parameters, by name. */
export type ParamsOf<P extends string> = string extends P
  ? Readonly<Record<string, string>>
  : P extends `${string}{${infer Name}}${infer Rest}`
    ? { readonly [K in Name]: string } & ParamsOf<Rest>
    : unknown

/** In this order; undefined values are omitted. */
export type Query = Readonly<Record<string, string | number | undefined>>

type JsonOf<R, S extends number> = R extends {
  [K in S]: { content: { 'application/json': { schema: infer Z extends z.ZodType } } }
}
  ? z.input<Z>
  : never

/** The body of a route's successful response; never for a route whose response has none. */
export type BodyOf<R extends Pick<RouteConfig, 'responses'>> =
  | JsonOf<R['responses'], 200>
  | JsonOf<R['responses'], 201>
  | JsonOf<R['responses'], 202>

/** The JSON that a route takes: as a program sends it, before its schema has read it. */
export type SentBodyOf<R extends Pick<RouteConfig, 'request'>> = R extends {
  request: { body: { content: { 'application/json': { schema: infer Z extends z.ZodType } } } }
}
  ? z.input<Z>
  : never

/**
 * The address of a route at either service: its path as `createRoute` has it, with encoded parameters. Loads no schemas, so
 * that scripts of pages may use it.
 */
export function addressOf<P extends string>(path: P, params: ParamsOf<P>, query: Query = {}): string {
  const filled = Object.entries<string>(params ?? {}).reduce<string>(
    (rest, [name, value]) => rest.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  )
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  const search = String(new URLSearchParams(given))
  return `/api${filled}${search && `?${search}`}`
}
