/** Asks for confirmation before a form is submitted whose effect cannot be undone. */

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-ask]')) {
  form.addEventListener('submit', (event) => {
    if (!confirm(form.dataset['ask'])) event.preventDefault()
  })
}
