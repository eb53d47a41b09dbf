import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Assets } from '../assets/assets.ts'
import type { Language } from '../i18n/translated.ts'
import { type Deadline, deadlinePart } from './deadline-part.ts'
import { commonText } from './text/common.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What every page is rendered with. But for a deadline nothing in it is about a person, so that a page can be kept for all. */
export type PageContext = {
  language: Language
  /** Path and query of this page, for the language switch to come back to. */
  path: string
  assets: Assets
  /** What runs out for the visitor meanwhile; shown on top of the page. */
  deadline?: Deadline | undefined
}

export type PageOptions = {
  title: string
  /** Modules of `browser` folders, by file name without its ending. */
  scripts?: readonly string[]
  /** Style sheets of `styles/` besides the one of every page, likewise. */
  styles?: readonly string[]
  /** Seconds after which a browser without JavaScript asks again. */
  refreshSeconds?: number
  /** What the page was rendered for, for `browser/fan.ts` to notice when it has changed. */
  fan?: { room: string; status: string }
  /** For pages that people find by searching, and send to each other: what is shown of them there. */
  about?: PageSummary
  /** For pages that are about one person: search engines are told so, and nobody else sees them by going Back. */
  personal?: boolean
}

export type PageSummary = {
  description: string
  /** Where the page is, and an image of what it is about, as URLs that hold anywhere. */
  url?: string | undefined
  image?: string | undefined
}

/** The frame of every page: head, way around, content, foot. */
export function page(context: PageContext, options: PageOptions, content: Html): Html {
  const { language, path, assets, deadline } = context
  const text = commonText[language]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${options.title} · ${text.naru}</title>
<meta name="color-scheme" content="light dark">
${options.personal === true ? html`<meta name="robots" content="noindex">` : ''}
${options.about === undefined ? '' : summary(options.title, options.about)}
${
  options.refreshSeconds === undefined
    ? ''
    : html`<noscript><meta http-equiv="refresh" content="${options.refreshSeconds}"></noscript>`
}
<link rel="icon" href="${assets.url('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.url('main.css')}">
${(options.styles ?? []).map((name) => html`<link rel="stylesheet" href="${assets.url(`${name}.css`)}">`)}
${scriptsOf(options, deadline).map((name) => html`<script type="module" src="${assets.url(`${name}.js`)}"></script>`)}
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
${deadline === undefined ? '' : deadlinePart(deadline, language)}${content}
</main>
<footer class="bottom"><p>${text.footer}</p><p><a href="/api/openapi.json">${text.developers}</a></p></footer>
</body>
</html>`
}

/** For search engines, and for messengers that show a link (ogp.me). */
function summary(title: string, { description, url, image }: PageSummary): Html {
  return html`<meta name="description" content="${description}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${description}">
<meta property="og:type" content="website">
${url === undefined ? '' : html`<meta property="og:url" content="${url}">`}
${image === undefined ? '' : html`<meta property="og:image" content="${image}">`}
<link rel="apple-touch-icon" href="/apple-touch-icon.png">
<link rel="manifest" href="/manifest.webmanifest">`
}

/** Scripts that follow what becomes of a fan see to it themselves; those of a draw are the same for everyone. */
const SEE_TO_IT = ['fan', 'room', 'draw']

function scriptsOf(
  { scripts = [], personal = false }: PageOptions,
  deadline: Deadline | undefined,
): readonly string[] {
  const needsIt = personal && !scripts.some((name) => SEE_TO_IT.includes(name))
  return [...(needsIt ? ['restored'] : []), ...scripts, ...(deadline === undefined ? [] : ['timer'])]
}
