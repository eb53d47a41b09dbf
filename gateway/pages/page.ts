import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Assets } from './assets.ts'
import { commonText } from './text/common.ts'
import type { Language } from './translated.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What every page is rendered with. Nothing in it is about a person, so that a page can be kept for all. */
export type PageContext = {
  language: Language
  /** Path and query of this page, for the language switch to come back to. */
  path: string
  assets: Assets
}

export type PageOptions = {
  title: string
  /** Browser modules of `pages/browser/`, by file name without its ending. */
  scripts?: readonly string[]
  /** Style sheets of `pages/styles/` besides the one of every page, likewise. */
  styles?: readonly string[]
  /** Seconds after which a browser without JavaScript asks again. */
  refreshSeconds?: number
  /** What the page was rendered for, for `browser/fan.ts` to notice when it has changed. */
  fan?: { room: string; status: string }
  /** For pages that are about one person: search engines are told so, and nobody else sees them by going Back. */
  personal?: boolean
}

/** The frame of every page: head, way around, content, foot. */
export function page(context: PageContext, options: PageOptions, content: Html): Html {
  const { language, path, assets } = context
  const text = commonText[language]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${options.title} · ${text.naru}</title>
<meta name="color-scheme" content="light dark">
${options.personal === true ? html`<meta name="robots" content="noindex">` : ''}
${
  options.refreshSeconds === undefined
    ? ''
    : html`<noscript><meta http-equiv="refresh" content="${options.refreshSeconds}"></noscript>`
}
<link rel="icon" href="${assets.url('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.url('main.css')}">
${(options.styles ?? []).map((name) => html`<link rel="stylesheet" href="${assets.url(`${name}.css`)}">`)}
${scriptsOf(options).map((name) => html`<script type="module" src="${assets.url(`${name}.js`)}"></script>`)}
</head>
<body>
<a class="skip" href="#content">${text.skip}</a>
<header class="top">
<a class="brand" href="/"><svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><use href="${assets.url('icon.svg')}#naru"></use></svg><span>${text.naru}</span></a>
<nav aria-label="${text.naru}">
<a href="/">${text.festivals}</a>
<a href="/me">${text.myPage}</a>
<form method="post" action="/language" class="inline"><input type="hidden" name="back" value="${path}"><button name="language" value="${language === 'ko' ? 'en' : 'ko'}" class="link" lang="${language === 'ko' ? 'en' : 'ko'}">${text.switchTo}</button></form>
</nav>
</header>
<main id="content"${options.fan === undefined ? '' : html` data-room="${options.fan.room}" data-fan="${options.fan.status}"`}>
${content}
</main>
<footer class="bottom"><p>${text.footer}</p><p><a href="/api/openapi.json">${text.developers}</a></p></footer>
</body>
</html>`
}

/** Scripts that follow what becomes of a fan see to it themselves; those of a draw are the same for everyone. */
const SEE_TO_IT = ['fan', 'room', 'draw']

function scriptsOf({ scripts = [], personal = false }: PageOptions): readonly string[] {
  const needsIt = personal && !scripts.some((name) => SEE_TO_IT.includes(name))
  return needsIt ? ['restored', ...scripts] : scripts
}
