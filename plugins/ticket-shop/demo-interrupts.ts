// Ctrl-C, or the end that a supervisor asks for: told once, so that a command can end in order. A second one ends the process
// at once, as if nobody listened.

const names = ['SIGINT', 'SIGTERM'] as const

export interface Interrupts {
  signal: AbortSignal
  /** Stops listening. */
  end(): void
}

export function watchInterrupts(): Interrupts {
  const controller = new AbortController()
  const end = (): void => {
    for (const name of names) process.off(name, interrupt)
  }
  const interrupt = (): void => {
    end()
    controller.abort()
  }
  for (const name of names) process.on(name, interrupt)
  return { signal: controller.signal, end }
}
