import { html } from 'hono/html'
import type { Assets } from '../assets/assets.ts'
import { LANGUAGES, type Language } from '../i18n/translated.ts'
import type { Html } from './html.ts'
import { offlineText } from './text/offline.ts'

/**
 * The page that a service worker shows when another is unavailable without a network. It knows neither the language nor
 * the festival: `browser/offline.ts` selects the language and fills in what this browser last stored of the festival.
 */
export function offlinePage(assets: Assets): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${offlineText.en.title} · ${offlineText.ko.title}</title>
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="${assets.url('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.url('main.css')}">
<script type="module" src="${assets.url('offline.js')}"></script>
</head>
<body>
<main id="content">
${LANGUAGES.map((language) => inLanguage(language))}
</main>
</body>
</html>`
}

function inLanguage(language: Language): Html {
  const text = offlineText[language]
  return html`<section lang="${language}" data-title="${text.title}">
<h1>${text.title}</h1>
<p class="lead">${text.safe}</p>
${Object.entries(text.seen).map(([step, words]) => html`<p class="notice" data-seen="${step}" data-words="${words}" hidden></p>`)}
<p class="notice warm">${text.limits}</p>
<p>${text.advice}</p>
<p class="soft">${text.updates}</p>
<p class="buttons"><a class="button" href="">${text.retry}</a><a class="button quiet" href="/me">${text.toMine}</a></p>
</section>`
}
