// Shows how far a long command is: a bar that redraws itself on a terminal, a line every few seconds elsewhere, nothing where
// only the result is wanted.

const barLength = 30
const redrawMs = 100
const lineMs = 5_000

export interface ProgressStream {
  isTTY?: boolean | undefined
  columns?: number | undefined
  write(text: string): unknown
}

export interface ProgressState {
  label: string
  doneCount: number
  totalCount: number
  /** What is counted, where the label does not say it. */
  unit?: string
}

export interface Progress {
  show(state: ProgressState): void
  /** Takes the bar away, so that what follows begins on an empty line. */
  clear(): void
}

export function createProgress({
  stream,
  isQuiet,
  now = () => performance.now(),
}: {
  stream: ProgressStream
  /** No lines; a bar is drawn all the same. */
  isQuiet: boolean
  now?(): number
}): Progress {
  const isTerminal = stream.isTTY === true
  let shown: { label: string; atMs: number } | null = null
  let isDrawn = false
  let began = { label: '', atMs: 0 }

  return Object.freeze<Progress>({
    show(state) {
      const atMs = now()
      if (began.label !== state.label) began = { label: state.label, atMs }
      const isNew = shown?.label !== state.label
      const sinceMs = shown ? atMs - shown.atMs : Number.POSITIVE_INFINITY
      if (isTerminal) {
        if (!isNew && sinceMs < redrawMs && state.doneCount < state.totalCount) return
        const bar = drawBar(state, (atMs - began.atMs) / 1000)
        // A terminal that does not know its width says 0.
        stream.write(`\r\u001b[2K${bar.slice(0, (stream.columns || 80) - 1)}`)
        isDrawn = true
      } else {
        if (isQuiet || sinceMs < lineMs) return
        stream.write(`${state.label}: ${amounts(state)}\n`)
      }
      shown = { label: state.label, atMs }
    },
    clear() {
      if (isDrawn) stream.write('\r\u001b[2K')
      isDrawn = false
    },
  })
}

function drawBar(state: ProgressState, seconds: number): string {
  const fraction = state.totalCount > 0 ? Math.min(1, state.doneCount / state.totalCount) : 0
  const filled = Math.round(fraction * barLength)
  const bar = '█'.repeat(filled) + '░'.repeat(barLength - filled)
  return `${state.label.padEnd(18)} ${bar} ${amounts(state)}  ${Math.floor(seconds)} s`
}

function amounts({ doneCount, totalCount, unit }: ProgressState): string {
  return `${doneCount.toLocaleString('en')} of ${totalCount.toLocaleString('en')}${unit ? ` ${unit}` : ''}`
}
