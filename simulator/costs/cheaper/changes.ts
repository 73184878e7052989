// Changes of an event that may make it cheaper: a bounded set, each with what it puts at risk.
import { loadCatalog } from '../../../infra/catalog/catalog.ts'
import type { Ec2Pop, EventSpec, Venue } from '../../../infra/event/event.ts'
import { formatDuration } from '../../../infra/event/units.ts'
import { nextInFamily } from '../../fixes/changed-pop.ts'

export interface Change {
  what: string
  /** Place in the event file, and the text to write there. Two changes of one place exclude each other. */
  path: (string | number)[]
  write: string
  risk: string | null
  apply: (event: EventSpec) => EventSpec
}

const CENTRAL_UNTOLD = 'the formulas do not say what central then answers'
const LEAST_WINDOW_S = 3_600
/** Least storage of a gp3 volume of RDS. */
const LEAST_STORAGE_BYTES = 20e9
const SIZES = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge']

export function cheaperChanges(event: EventSpec): Change[] {
  return [
    ...event.venues.flatMap((venue) => machineChanges(venue, event.region)),
    ...databaseChanges(event),
    ...ingestChanges(event),
    ...windowChanges(event),
  ]
}

function machineChanges({ name, pop }: Venue, region: string): Change[] {
  if (pop.platform !== 'ec2') return []
  const change = (
    what: string,
    key: string,
    write: string,
    risk: string | null,
    to: Partial<Ec2Pop>,
  ): Change => ({
    what: `${name}: ${what}`,
    path: ['venues', name, 'pop', key],
    write,
    risk,
    apply: (event) => ({
      ...event,
      venues: event.venues.map((venue) =>
        venue.name === name ? { ...venue, pop: { ...(venue.pop as Ec2Pop), ...to } } : venue,
      ),
    }),
  })
  const smaller = nextInFamily(pop.instanceType, region, 'smaller')
  const slowed = 'a machine whose credits run out is slowed down'
  const taken = 'AWS may take the machine back during the show'
  const standing = 'nothing takes over from a machine that fails'
  return [
    ...(smaller === null
      ? []
      : [
          change(`a ${smaller}`, 'instanceType', `instanceType: ${smaller}`, null, { instanceType: smaller }),
        ]),
    ...(pop.creditMode === 'unlimited'
      ? [change('standard credits', 'credits', 'credits: standard', slowed, { creditMode: 'standard' })]
      : []),
    ...(pop.policy === 'spot' || pop.subnet !== null
      ? []
      : [change('on the spot market', 'policy', 'policy: spot', taken, { policy: 'spot' })]),
    ...(pop.policy === 'on-demand' || pop.policy === 'burstable'
      ? [
          change('reserved', 'policy', 'policy: reserved', 'it is paid for its whole term', {
            policy: 'reserved',
          }),
        ]
      : []),
    ...(pop.standby === 'warm' && pop.disk !== 'instance-store'
      ? [change('no standby', 'standby', '(leave `standby` out)', standing, { standby: null })]
      : []),
  ]
}

type Database = EventSpec['central']['database']

function databaseChanges({ central: { database }, region, critical }: EventSpec): Change[] {
  const change = (what: string, key: string, write: string, risk: string, to: Partial<Database>): Change => ({
    what: `central: ${what}`,
    path: ['central', 'database', key],
    write,
    risk,
    apply: (event) => ({
      ...event,
      central: { ...event.central, database: { ...event.central.database, ...to } },
    }),
  })
  const { instanceClass, multiAz, storageBytes } = database
  const smaller = smallerClass(instanceClass, region)
  const half = storageBytes === null ? 0 : storageBytes / 2
  return [
    ...(smaller === null
      ? []
      : [change(`a ${smaller}`, 'class', `class: ${smaller}`, CENTRAL_UNTOLD, { instanceClass: smaller })]),
    ...(multiAz && !critical
      ? [
          change('a database in one zone', 'multiAz', 'multiAz: false', 'nothing takes over from it', {
            multiAz: false,
          }),
        ]
      : []),
    ...(half >= LEAST_STORAGE_BYTES
      ? [
          change(`storage of ${half / 1e9} GB`, 'storage', `storage: ${half / 1e9} GB`, 'less room to grow', {
            storageBytes: half,
          }),
        ]
      : []),
  ]
}

function smallerClass(name: string, region: string): string | null {
  const [db, family, size = ''] = name.split('.')
  const at = SIZES.indexOf(size)
  const smaller = at < 1 ? undefined : `${db}.${family}.${SIZES[at - 1]}`
  const found = smaller === undefined ? undefined : loadCatalog().databaseClasses.get(smaller)
  return found?.regions.includes(region) ? found.name : null
}

function ingestChanges({ central: { ingest }, critical }: EventSpec): Change[] {
  const tasks = Math.ceil(ingest.tasks / 2)
  if (tasks === ingest.tasks || (critical && tasks < 2)) return []
  const scales = ingest.maxTasks > ingest.tasks
  return [
    {
      what: `central: ${tasks} ${tasks === 1 ? 'task' : 'tasks'} for ingest`,
      path: ['central', 'ingest', 'tasks'],
      write: `tasks: ${tasks}`,
      risk: CENTRAL_UNTOLD,
      apply: (event) => {
        const to = { tasks, maxTasks: scales ? ingest.maxTasks : tasks }
        return { ...event, central: { ...event.central, ingest: { ...event.central.ingest, ...to } } }
      },
    },
  ]
}

function windowChanges({ setupS, teardownS }: EventSpec): Change[] {
  const change = (what: string, key: string, halfS: number, to: Partial<EventSpec>): Change => ({
    what: `${what} of ${formatDuration(halfS)}`,
    path: ['window', key],
    write: `${key}: ${formatDuration(halfS)}`,
    risk: 'half the time to get it done',
    apply: (event) => ({ ...event, ...to }),
  })
  const [setup, teardown] = [setupS / 2, teardownS / 2]
  return [
    ...(setup >= LEAST_WINDOW_S ? [change('set-up', 'setup', setup, { setupS: setup })] : []),
    ...(teardown >= LEAST_WINDOW_S
      ? [change('tear-down', 'teardown', teardown, { teardownS: teardown })]
      : []),
  ]
}
