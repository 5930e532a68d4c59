// Runs an order action. What the shop refuses is a sentence for the clerk; anything else is a fault and goes on.
import { ShopError } from '../shop-error.ts'

export async function attempt<Result>(
  action: () => Promise<Result>,
): Promise<{ result: Result; refusal: null } | { result: null; refusal: string }> {
  try {
    return { result: await action(), refusal: null }
  } catch (error) {
    if (error instanceof ShopError) return { result: null, refusal: error.message }
    throw error
  }
}
