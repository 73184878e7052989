// Today's prices of some regions: every question asked, the answers read, and compared with the price book.
import type { Rate } from '../price-book.ts'
import { noAnswers, settled, takeProduct } from './answers.ts'
import { askPriceList, askSpotHistory } from './ask-aws.ts'
import { compareRates } from './compare.ts'
import { globalQuestions, regionalQuestions } from './questions.ts'
import type { PriceRefresh } from './refresh-result.ts'
import { SPOT_DAYS, spotRates } from './spot-history.ts'

const DAY_MS = 86_400_000
const SPOT = /^ec2\..+\.spot$/
const GLOBAL = 'global'

export interface RefreshOptions {
  regions: readonly string[]
  /** Rates of the price book. */
  book: readonly Rate[]
  nowMs: number
  signal: AbortSignal
  /** Says what is being asked, and the page of the answer. */
  onStep: (what: string, page: number) => void
  /** Instead of AWS's own. */
  endpoint?: string
}

export interface Refreshed {
  rates: Rate[]
  result: PriceRefresh
}

/** Nothing is kept of an answer that is not whole: errors as ask-aws.ts has them. */
export async function refreshPrices(options: RefreshOptions): Promise<Refreshed> {
  const { regions, book, nowMs, signal, endpoint } = options
  const date = new Date(nowMs).toISOString().slice(0, 10)
  const types = instanceTypes(book)
  const answers = noAnswers()
  const asked: { region: string; covers: RegExp }[] = []
  const ask = (what: string) => ({
    signal,
    onPage: (page: number) => options.onStep(what, page),
    ...(endpoint !== undefined && { endpoint }),
  })
  const window = { startMs: nowMs - SPOT_DAYS * DAY_MS, endMs: nowMs }
  const spot: Rate[] = []
  for (const region of [...regions, GLOBAL]) {
    const questions = region === GLOBAL ? globalQuestions() : regionalQuestions(region, types)
    for (const question of questions) {
      asked.push({ region, covers: question.covers })
      for await (const product of askPriceList(question, ask(`${region}, ${question.title}`))) {
        takeProduct(answers, product, { question, region, date })
      }
    }
    if (region === GLOBAL) continue
    asked.push({ region, covers: SPOT })
    const changes = await askSpotHistory(region, [...types], window, ask(`${region}, the spot market`))
    spot.push(...spotRates(changes, window, region, date))
  }
  const rates = [...settled(answers), ...spot]
  const notUnderstood = [...answers.notUnderstood].sort()
  return {
    rates,
    result: {
      ...{ date, regions: [...regions], folder: null, notUnderstood },
      ...compareRates(book, rates, ({ region, id }) =>
        asked.some(
          (each) =>
            each.region === region && each.covers.test(id) && !answers.notUnderstood.has(`${region} ${id}`),
        ),
      ),
    },
  }
}

/** Those that the price book prices anywhere. */
function instanceTypes(book: readonly Rate[]): Set<string> {
  return new Set(book.flatMap(({ id }) => /^ec2\.(.+)\.on-demand$/.exec(id)?.[1] ?? []))
}
