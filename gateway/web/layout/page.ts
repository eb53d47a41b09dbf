import { html } from 'hono/html'
import type { Assets } from '../assets/assets.ts'
import type { Language } from '../i18n/translated.ts'
import { type Deadline, deadlinePart } from './deadline-part.ts'
import type { Html } from './html.ts'
import { commonText } from './text/common.ts'

/**
 * The common input of every page. Apart from a deadline none of it is personal, so that a page can be cached for all.
 */
export type PageContext = {
  language: Language
  /** Path and query of this page, the target of the language switch. */
  path: string
  assets: Assets
  /** The visitor's earliest deadline, shown at the top of the page. */
  deadline?: Deadline | undefined
}

export type PageOptions = {
  title: string
  /** Modules of `browser` folders, by file name without its extension. */
  scripts?: readonly string[]
  /** Additional style sheets of `styles/`, likewise. */
  styles?: readonly string[]
  /** Seconds after which a browser without JavaScript reloads. */
  refreshSeconds?: number
  /** The state that the page was rendered for, so that `browser/fan.ts` notices a change. */
  fan?: { room: string; status: string }
  /** For pages that people search for and share: their summary. */
  about?: PageSummary
  /** For personal pages: not indexed by search engines, and not shown by Back after signing out. */
  personal?: boolean
}

export type PageSummary = {
  description: string
  /** Absolute URLs of the page and of an image of its subject. */
  url?: string | undefined
  image?: string | undefined
}

/** The frame of every page: head, navigation, content, footer. */
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

/** These scripts handle restored pages themselves; the page of a draw is shared by all. */
const SEE_TO_IT = ['fan', 'room', 'draw']

function scriptsOf(
  { scripts = [], personal = false }: PageOptions,
  deadline: Deadline | undefined,
): readonly string[] {
  const needsIt = personal && !scripts.some((name) => SEE_TO_IT.includes(name))
  return [...(needsIt ? ['restored'] : []), ...scripts, ...(deadline === undefined ? [] : ['timer'])]
}
