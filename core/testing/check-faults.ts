// When an answer is lost, is nonsense or never comes.
import type { CheckContext } from './check-context.ts'
import { newKeys, pushNew } from './check-pushes.ts'
import { healsByWaiting } from './check-refusals.ts'
import { demand, told } from './demand.ts'
import type { TestAttempt } from './history-view.ts'

/** Writes of one record whose answers are lost, one at a time. */
const mostLostWrites = 5

export async function checkLostAnswers(context: CheckContext): Promise<void> {
  const countBefore = context.writeCount()
  const { keys } = await pushNew(context)
  const writeCount = Math.min(context.writeCount() - countBefore, mostLostWrites)
  for (let write = 1; write <= writeCount; write++) {
    const before = await context.holds()
    context.loseAnswerTo(write)
    const id = context.addRecord()
    const lost = await context.push(id)
    const arrived = (await context.job(id)) ? await againAfterLoss(context, id, lost) : lost
    demand(
      arrived.outcome === 'succeeded' || arrived.outcome === 'nothing_to_do',
      `The answer to write ${write} was lost, and the next try ended as ${told(arrived)}.`,
    )
    const made = await newKeys(context, before)
    demand(
      made.length === keys.length,
      `The answer to write ${write} of a record was lost, so it was pushed again, and now the remote holds ${made.length} new objects instead of ${keys.length}: ${made.join(', ')}. Look the object up before creating it again, or send args.idempotencyKey if the remote drops what it has seen.`,
    )
  }
}

function againAfterLoss(context: CheckContext, id: string, lost: TestAttempt): Promise<TestAttempt> {
  demand(
    healsByWaiting(lost.outcome),
    `The connection broke before the answer to a write came, and the try ended as ${told(lost)}. Let the HTTP client's NetworkError through: whether the call took effect is found out by the next try.`,
  )
  return context.tryAgain(id)
}

const clearEnds = ['retry', 'exceeded', 'config', 'permanent']
/** What parsers and engines say to programmers. */
const unclear = /unexpected (token|end of)|is not valid json|cannot read propert|is not a function|is not iterable/i

export async function checkMalformed(context: CheckContext): Promise<void> {
  for (const kind of ['html', 'broken_json'] as const) {
    const what = kind === 'html' ? 'a page of HTML and status 200' : 'JSON that is cut off and status 200'
    const fault = context.remote.fail({ kind }, { times: Number.POSITIVE_INFINITY })
    const id = context.addRecord()
    const first = await context.push(id)
    const reason = context.options.without?.answers
    if (reason) {
      demand(
        first.outcome === 'succeeded',
        `without.answers says "${reason}", but ${what} ended as ${told(first)}. Take the exception away.`,
      )
    } else {
      // An unexpected error gets a second chance before it is called one of the program.
      const last = first.outcome === 'retry' ? await context.tryAgain(id) : first
      demand(
        clearEnds.includes(last.outcome),
        `The remote answered with ${what}, and that ended as ${told(last)}. Read answers with response.json(), which throws the right error, and parse them with zod; turn what does not fit into a SyncConfigError that says what was expected.`,
      )
      const words = last.message ?? ''
      demand(
        words !== '' && !unclear.test(words),
        `The remote answered with ${what}, and the operator reads "${words}". Say in words what was called and what came.`,
      )
    }
    fault.end()
  }
}

/** From the end of the provider's time to the end of its call. */
const graceMs = 3_000

/** With a provider whose calls are given up after a second. */
export async function checkHanging(context: CheckContext): Promise<void> {
  const before = await context.holds()
  const fault = context.remote.fail({ kind: 'hang' })
  const id = context.addRecord()
  const late = await context.push(id)
  demand(fault.hitCount > 0, `The provider made no call for a new record; the push ended as ${told(late)}.`)
  demand(healsByWaiting(late.outcome), `The remote did not answer in time, and the try ended as ${told(late)}.`)
  demand(
    await isWithin(fault.givenUp, graceMs),
    'The time of a call was over, but the request to the remote went on. Hand args.signal to every http.request, and to whatever else waits.',
  )
  fault.end()
  const arrived = await context.tryAgain(id)
  demand(arrived.outcome === 'succeeded', `When the remote answered again the record ended as ${told(arrived)}.`)
  await newKeys(context, before)
}

async function isWithin(event: Promise<void>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([event.then(() => true), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
