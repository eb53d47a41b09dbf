/** Shows how much time is left of a hold or a pass, and asks for the page again when it is over. */

const timers = [...document.querySelectorAll<HTMLElement>('[data-timer]')]

function show(): void {
  for (const element of timers) {
    const left = Math.ceil((Date.parse(element.dataset['timer'] ?? '') - Date.now()) / 1000)
    if (left < 0) {
      location.reload()
      return
    }
    const [time] = element.getElementsByTagName('strong')
    if (time !== undefined)
      time.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  }
  setTimeout(show, 1000)
}

if (timers.length > 0) show()
