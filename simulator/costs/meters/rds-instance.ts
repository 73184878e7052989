// RDS instances with PostgreSQL: hours, storage, its password's secret, backups, surplus CPU credits.
import {
  type Charge,
  type Meter,
  type MeterContext,
  optionalUsageCharges,
  statedUse,
  usageCharges,
} from '../charge.ts'
import { isBurstable, vcpuHoursOfCredits } from '../cpu-credits.ts'
import { decimal } from '../money.ts'
import { billedHours, billedMonths } from '../window.ts'
import { decimalOf, type Inputs, textOf } from './inputs.ts'
import { publicIpv4Charge } from './public-ipv4.ts'
import { secretCharge } from './secret.ts'

/** DB instances are billed per second with a minimum of ten minutes (RDS user guide, on-demand DB instances). */
const MINIMUM_S = 600

/**
 * Automated backups cost nothing up to the size of the database's storage (RDS price page); `db-backup` is what goes
 * beyond. T3 and T4g classes always run in unlimited mode.
 */
export const rdsInstance: Meter = {
  reads: { 'cpu-surplus-credits': 'credit', 'db-backup': 'GB-month' },
  charges({ inputs }, context) {
    const instanceClass = textOf(inputs, 'instanceClass') ?? ''
    return [
      instanceHours(inputs, context),
      storage(inputs, context),
      ...(inputs.manageMasterUserPassword === true
        ? [secretCharge('secret of the master user', context)]
        : []),
      ...optionalUsageCharges(context, 'db-backup', {
        description: 'backups beyond the size of the database',
        rateId: 'rds.backup',
        unit: 'GB-month',
      }),
      ...(isBurstable(instanceClass.replace(/^db\./, ''))
        ? usageCharges(context, 'cpu-surplus-credits', {
            description: 'surplus CPU credits of the database',
            rateId: 'rds.surplus-credits',
            unit: 'vCPU-hour',
            convert: vcpuHoursOfCredits,
          })
        : []),
      ...(inputs.publiclyAccessible === true ? [publicIpv4Charge(decimal('1'), context)] : []),
    ]
  },
}

function zones(inputs: Inputs): 'single-az' | 'multi-az' {
  return inputs.multiAz === true ? 'multi-az' : 'single-az'
}

function instanceHours(inputs: Inputs, context: MeterContext): Charge {
  const engine = textOf(inputs, 'engine')
  const instanceClass = textOf(inputs, 'instanceClass')
  const quantity = billedHours(decimal('1'), context.window, MINIMUM_S)
  if (engine !== 'postgres' || !instanceClass) {
    const why = instanceClass ? `no meter for engine ${engine ?? '(none)'}` : 'its class is not stated'
    return { kind: 'unknown', description: 'database hours', quantity, unit: 'hour', why }
  }
  return statedUse(context, {
    description: `${instanceClass} PostgreSQL, ${zones(inputs)}`,
    rateId: `rds.postgresql.${instanceClass}.${zones(inputs)}`,
    unit: 'hour',
    quantity,
  })
}

function storage(inputs: Inputs, context: MeterContext): Charge {
  const gib = decimalOf(inputs, 'allocatedStorage')
  const type = textOf(inputs, 'storageType')
  if (!gib || type !== 'gp3') {
    const why = gib ? `no meter for storage of type ${type ?? '(the default)'}` : 'its size is not stated'
    return { kind: 'unknown', description: 'database storage', quantity: null, unit: 'GB-month', why }
  }
  return statedUse(context, {
    description: `database gp3 storage, ${zones(inputs)}, ${inputs.allocatedStorage} GiB`,
    rateId: `rds.gp3.storage.${zones(inputs)}`,
    unit: 'GB-month',
    quantity: billedMonths(gib, context.window),
  })
}
