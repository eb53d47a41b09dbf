import { html, raw } from 'hono/html'
import { type Html, type PageContext, page } from './page.ts'
import { accountsText } from './text/accounts.ts'
import { moment } from './time.ts'

/** A letter as the API has it. */
export type KeptLetter = { at: string; to: string; subject: string; text: string }

/** In development: what would have been sent. */
export function mailPage(context: PageContext, letters: readonly KeptLetter[]): Html {
  const { language } = context
  const text = accountsText[language]
  return page(
    context,
    { title: text.mail, scripts: ['times'], personal: true },
    html`<h1>${text.mail}</h1>
<p class="notice warm">${text.mailLead}</p>
${letters.length === 0 ? html`<p class="soft">${text.noMail}</p>` : ''}
<ul class="cards">${letters.map(
      (letter) => html`<li class="sheet"><h2>${letter.subject}</h2>
<p class="soft small">${text.to} ${letter.to} · ${moment(letter.at, language)}</p>
${letter.text.split('\n\n').map((paragraph) => html`<p>${linesOf(paragraph)}</p>`)}</li>`,
    )}</ul>`,
  )
}

/** Lines as lines, and links of our own letters as links. */
function linesOf(paragraph: string): Html[] {
  return paragraph.split('\n').map((line) => html`${withLink(line)}${raw('<br>')}`)
}

function withLink(line: string): Html {
  const url = line.slice(line.lastIndexOf(' ') + 1)
  if (!/^https?:\/\//.test(url)) return html`${line}`
  return html`${line.slice(0, -url.length)}<a href="${url}">${url}</a>`
}
