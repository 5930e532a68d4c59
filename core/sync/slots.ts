// Work at the same time, first come first served, for as many as there are slots; how many may change while it runs.

export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>
}

export interface ResizableSlots extends Slots {
  /** What runs beyond a smaller count is let end. */
  resize(count: number): void
  busyCount(): number
  waitingCount(): number
}

export function createSlots(initialCount: number): ResizableSlots {
  let count = initialCount
  let busy = 0
  const line: (() => void)[] = []
  const letIn = (): void => {
    while (busy < count) {
      const next = line.shift()
      if (!next) return
      busy++
      next()
    }
  }
  return Object.freeze({
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (busy < count) busy++
      else await new Promise<void>((resolve) => line.push(resolve))
      try {
        return await work()
      } finally {
        busy--
        letIn()
      }
    },
    resize(newCount) {
      count = newCount
      letIn()
    },
    busyCount: () => busy,
    waitingCount: () => line.length,
  } satisfies ResizableSlots)
}
