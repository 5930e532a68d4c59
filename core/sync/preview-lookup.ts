// Reads of many pipelines at once: what they ask for while one round of them goes on is read in one query.

/** @param load an answer for each, in their order */
export function createLookup<Key, Answer>(
  load: (keys: readonly Key[]) => Promise<readonly Answer[]>,
): (key: Key) => Promise<Answer | undefined> {
  let asked: { key: Key; resolve(answer: Answer | undefined): void; reject(error: unknown): void }[] = []

  const readAll = async (): Promise<void> => {
    const round = asked
    asked = []
    try {
      const answers = await load(round.map(({ key }) => key))
      round.forEach(({ resolve }, index) => {
        resolve(answers[index])
      })
    } catch (error) {
      for (const { reject } of round) reject(error)
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      // After all pipelines that can go on have gone on.
      if (asked.length === 0) setImmediate(() => void readAll())
      asked.push({ key, resolve, reject })
    })
}
