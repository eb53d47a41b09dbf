/** Alerts a fan who is looking at something else: by sound, by vibration, and in the title of the tab. */
export function callForAttention(title: string): void {
  navigator.vibrate?.([200, 100, 200, 100, 400])
  ring()
  const before = document.title
  let shown = false
  const blink = setInterval(() => {
    if (!document.hidden) {
      clearInterval(blink)
      document.title = before
      return
    }
    shown = !shown
    document.title = shown ? title : before
  }, 1000)
  document.title = title
}

const NOTES_HZ = [660, 880, 1100]
const NOTE_SECONDS = 0.18

/** Three rising notes. Browsers allow sound only after an interaction with the page, which entering was. */
function ring(): void {
  try {
    const audio = new AudioContext()
    for (const [i, frequency] of NOTES_HZ.entries()) {
      const note = audio.createOscillator()
      const volume = audio.createGain()
      const start = audio.currentTime + i * NOTE_SECONDS
      note.frequency.value = frequency
      volume.gain.setValueAtTime(0.2, start)
      volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS)
      note.connect(volume).connect(audio.destination)
      note.start(start)
      note.stop(start + NOTE_SECONDS)
    }
  } catch {
    // A browser without sound still shows the title.
  }
}
