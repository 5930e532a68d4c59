// Calls into the host's code, which may hang: the call is given up at its time limit or when we stop, whether the code
// heeds the signal or not.

export async function askHost<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<Answer> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  given.throwIfAborted()
  const { promise: givenUp, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    reject(signal.aborted ? signal.reason : new Error(`there was no answer within ${timeoutMs / 1000} seconds`))
  }
  given.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([ask(given), givenUp])
  } finally {
    given.removeEventListener('abort', onAbort)
  }
}
