// Small events for tests of infrastructure: one venue of each kind, every unit already resolved.
import type { Ec2Pop, EventSpec, Sponsor, Venue } from '../event/event.ts'
import { defaultUncertainty } from '../event/uncertainty-schema.ts'

function sponsor(name: string): Sponsor {
  const all = { venues: null, segments: null, reach: 1 }
  return { name, perUserSecond: null, minimum: null, cap: null, ...all }
}

export function hallVenue(overrides: Partial<Venue> = {}): Venue {
  return {
    name: 'hall',
    placement: 'on-site',
    attendees: 1_200,
    stayS: null,
    access: [
      { technology: 'wifi_5GHz', signal: 'strong', share: 0.7 },
      { technology: '4g', signal: 'medium', share: 0.3 },
    ],
    uplink: { name: 'hall-line', technology: 'fibre', rateBps: 20e6, rttMs: 40 },
    backupUplink: null,
    lineRents: [],
    pop: {
      platform: 'k3s',
      cores: 4,
      memoryBytes: 16e9,
      queueBytes: 20e9,
      encryptQueue: false,
      https: false,
      reconnectMs: 3,
      statedDisk: null,
      node: null,
      storageClass: null,
      ingress: null,
      rentPerDay: 45_500_000_000_000n,
    },
    fallback: null,
    costCentre: null,
    line: 12,
    ...overrides,
  }
}

export function remoteVenue(overrides: Partial<Venue> = {}): Venue {
  return {
    name: 'remote',
    placement: 'region',
    attendees: 800,
    stayS: 5_400,
    access: [{ technology: '4g', signal: 'strong', share: 1 }],
    uplink: { name: 'region', technology: 'fibre', rateBps: 1e9, rttMs: 2 },
    backupUplink: null,
    lineRents: [],
    pop: {
      platform: 'ec2',
      instanceType: 't3.medium',
      policy: 'burstable',
      creditMode: 'unlimited',
      maxPrice: null,
      orTypes: [],
      standby: null,
      disk: 'gp3',
      alarmTopic: null,
      subnet: null,
      volumeBytes: 40e9,
      queueBytes: 20e9,
      encryptQueue: false,
      https: false,
      reconnectMs: 3,
      statedDisk: null,
    },
    fallback: null,
    costCentre: null,
    line: 30,
    ...overrides,
  }
}

/** An event that makes a resource of every type that the program knows, of a database on RDS. */
export function eventWithEverything(): EventSpec {
  const { central } = eventWith()
  const bought = (name: string, pop: Partial<Ec2Pop>) =>
    remoteVenue({ name, pop: { ...(remoteVenue().pop as Ec2Pop), encryptQueue: true, ...pop } })
  return eventWith({
    budget: 150_000_000_000_000n,
    venues: [
      hallVenue({ fallback: 'remote' }),
      remoteVenue({ fallback: 'on-spot' }),
      bought('on-spot', { policy: 'spot', creditMode: 'standard' }),
      bought('reserved', { policy: 'reserved', instanceType: 'm5.large', creditMode: null }),
    ],
    central: {
      ...central,
      database: { ...central.database, multiAz: true },
      ingest: { ...central.ingest, maxTasks: 6 },
      copyRegion: 'eu-central-1',
      archive: { afterDays: 30, storageClass: 'GLACIER', deleteAfterDays: 730 },
      alerts: 'ops@example.com',
      broker: { instanceType: 't4g.small', siteAddresses: ['198.51.100.7/32'] },
    },
  })
}

/** As `eventWithEverything`, of a database on Aurora. */
export function eventWithEverythingOnAurora(): EventSpec {
  const event = eventWithEverything()
  const database = {
    engine: 'aurora',
    instanceClass: 'db.r6g.large',
    storageBytes: null,
    multiAz: true,
  } as const
  return { ...event, central: { ...event.central, database } }
}

export function eventWith(overrides: Partial<EventSpec> = {}): EventSpec {
  const rates = { chat: 1, vote: 0.5, page: 0.2 }
  return {
    file: 'summit.yaml',
    name: 'summit',
    title: 'Summit',
    region: 'eu-west-1',
    timezone: 'Europe/Dublin',
    critical: false,
    startMs: Date.UTC(2027, 2, 4, 9),
    days: 1,
    dayS: 28_800,
    runOfShow: [{ name: 'keynote', startS: 0, durationS: 28_800, engagement: 'high' }],
    engagement: { idle: rates, low: rates, medium: rates, high: rates, peak: rates },
    setupS: 86_400,
    teardownS: 43_200,
    budget: null,
    arrivals: { perMinute: [1], source: 'uniform over the first segment' },
    accessTrace: { source: 'none', ratesBps: {}, rttMs: {} },
    venues: [hallVenue(), remoteVenue()],
    dnsTtlS: 60,
    central: {
      database: { engine: 'postgres', instanceClass: 'db.t4g.medium', storageBytes: 50e9, multiAz: false },
      ingest: { vcpu: 1, memoryBytes: 2 * 2 ** 30, tasks: 2, maxTasks: 2 },
      cdn: true,
      copyRegion: null,
      archive: null,
      alerts: null,
      broker: null,
      encryption: 'event-key',
      logDays: 30,
      network: { cidr: '10.64.0.0/16' },
      zone: 'events.example.com',
      zoneLine: null,
    },
    serviceLevels: { ackP99Ms: 250, deliveryP99Ms: 400, pageP50Ms: 420, recoveryS: 90 },
    auth: null,
    channels: [],
    standing: null,
    sponsors: [sponsor('Acme'), sponsor('Globex')],
    finance: { costCentre: null, discounts: [], vat: null },
    page: { images: 6, imageWidth: 640 },
    outage: null,
    uncertainty: defaultUncertainty,
    ...overrides,
  }
}
