// The buttons of a run: pause, resume, stop. Who comes too late is told so, and sees how it stands.
import { isErrorKind } from '../errors.ts'
import type { RunMoves } from '../runs/move-run.ts'
import { pageUrl } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, type PageContext, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'

export type RunMoveName = 'pause' | 'resume' | 'stop'

export function registerRunMoves(
  router: PageRouter,
  {
    path,
    noun,
    whatStays,
    basePath,
    moves,
    requireRun,
  }: {
    /** Of the run's page, without the id. */
    path: string
    noun: string
    /** After a stop. */
    whatStays: string
    basePath: string
    moves: RunMoves
    /** The id of a run that the reader may move like this; throws otherwise. */
    requireRun(ctx: PageContext, move: RunMoveName): Promise<string>
  },
): void {
  const acts = [
    { name: 'pause', done: `The ${noun} is paused.` },
    { name: 'resume', done: `The ${noun} goes on.` },
    { name: 'stop', done: `The ${noun} is stopped. ${whatStays}` },
  ] as const
  for (const { name, done } of acts) {
    router.post(`${path}/:id/${name}`, async (ctx) => {
      const runId = await requireRun(ctx, name)
      try {
        await moves[name]({ runId, actor: actorOf(userOf(ctx)) })
        setNotice(ctx, { kind: 'success', text: done }, { basePath })
      } catch (error) {
        if (!isErrorKind(error, 'TransitionError')) throw error
        const text = `It was too late to ${name} it: it had ended or changed in the meantime. This is how it stands now.`
        setNotice(ctx, { kind: 'info', text }, { basePath })
      }
      seeOther(ctx, pageUrl(basePath, `${path}/${runId}`))
    })
  }
}
