/** Keeps the screen on (W3C Screen Wake Lock) while the page is visible; browsers without it turn it off as usual. */
export function keepAwake(): () => void {
  const { wakeLock } = navigator as Partial<Navigator>
  let isOn = true
  let lock: WakeLockSentinel | undefined

  async function take(): Promise<void> {
    if (!isOn || document.hidden || wakeLock === undefined) return
    lock = await wakeLock.request('screen').catch(() => undefined)
    if (!isOn) await lock?.release()
  }

  // A hidden page loses the lock.
  const onShow = () => void take()
  document.addEventListener('visibilitychange', onShow)
  void take()
  return () => {
    isOn = false
    document.removeEventListener('visibilitychange', onShow)
    void lock?.release()
  }
}
