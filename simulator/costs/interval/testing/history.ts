// Bills of an event that has been, from a small simulation of its own: it imports nothing, so that what it agrees on with
// the forecast, both have worked out. People come one by one, chat, read pages; a bill is AWS's arithmetic in dollars.

/** Three days of eight hours, everybody stays once there; arrivals are spread evenly over the day. */
export const HISTORY = {
  attendees: 2_000,
  days: 3,
  minutesADay: 480,
  /** Hours that the machine and its disk exist: 24 of set-up, two whole days, 8 of show, 12 of tear-down. */
  hours: 92,
  hoursOfMonth: 744,
  chatsPerMinute: 0.3,
  pagesPerMinute: 0.05,
  imagesPerPage: 6,
  diskGib: 30,
  /** Eight events in ten have as many more or fewer, as a share of the plan. */
  attendanceWithin: 0.1,
  engagementWithin: 0.3,
}

/** Bytes on the wire, each with the 66 of its frame, segment and packet. */
const BYTES = {
  message: 221 + 66,
  acknowledgement: 59 + 66,
  page: 4_000 + 300_000,
  record: 260 + 61 + 66,
  applied: 52 + 66,
}
/** Ireland, October 2026, in dollars. */
const USD = {
  machineHour: 0.0456,
  diskGibMonth: 0.088,
  egressGib: 0.09,
  egressFreeGib: 100,
  betweenZonesGib: 0.01,
  cdnGib: 0.085,
  cdnRequest: 0.0000012,
}
const GIB = 2 ** 30
/** The normal quantile of nine in ten. */
const Z90 = 1.2815515655446004

/** Park and Miller's generator: draws in (0, 1). */
function generator(seed: number): () => number {
  let state = (seed * 7_919 + 1) % 2_147_483_647
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let i = 0; i < 20; i++) next()
  return next
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
}

/** A count with this mean, by the normal approximation above thirty. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

/** What the bill of one such event came to, in dollars before tax. */
export function billOfHistory(seed: number): number {
  const random = generator(seed)
  const { attendanceWithin, engagementWithin, attendees, days, minutesADay } = HISTORY
  const came = Math.round(attendees * (1 + (attendanceWithin / Z90) * normal(random)))
  const eager = Math.exp((Math.log(1 + engagementWithin) / Z90) * normal(random))
  let [egress, up, chatted] = [0, 0, 0]
  for (let day = 0; day < days; day++) {
    const arrivals = new Array<number>(minutesADay).fill(0)
    for (let person = 0; person < came; person++) {
      const minute = Math.floor(random() * minutesADay)
      arrivals[minute] = (arrivals[minute] ?? 0) + 1
    }
    let here = 0
    for (const arrived of arrivals) {
      here += arrived
      const chats = poisson(HISTORY.chatsPerMinute * eager * here, random)
      const pages = poisson(HISTORY.pagesPerMinute * eager * here, random) + arrived
      egress += chats * here * BYTES.message + chats * BYTES.acknowledgement + pages * BYTES.page
      chatted += chats
    }
  }
  up = chatted * (BYTES.record + BYTES.applied)
  const firstPages = came * days
  return (
    HISTORY.hours * USD.machineHour +
    HISTORY.diskGib * (HISTORY.hours / HISTORY.hoursOfMonth) * USD.diskGibMonth +
    Math.max(0, egress / GIB - USD.egressFreeGib) * USD.egressGib +
    (up / GIB) * USD.betweenZonesGib +
    ((firstPages * BYTES.page) / GIB) * USD.cdnGib +
    firstPages * (1 + HISTORY.imagesPerPage) * USD.cdnRequest
  )
}
